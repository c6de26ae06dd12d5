package conf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// load parses text as a file with the name "f".
func load(t testing.TB, text string) (Config, []Warning) {
	t.Helper()
	c, w, err := Parse("f", []byte(text))
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return c, w
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s = %s, want %s", what, show(got), show(want))
	}
}

// show prints a configuration so that its pointers can be compared by eye.
func show(v any) string {
	if c, ok := v.(Config); ok {
		text, err := c.TOML()
		if err != nil {
			return err.Error()
		}
		return "\n" + string(text)
	}
	return fmt.Sprintf("%+v", v)
}

func TestDebianDefault(t *testing.T) {
	t.Parallel()
	c, warnings, err := Load("testdata/debian.conf")
	if err != nil || warnings != nil {
		t.Fatalf("Load = %v, %v", warnings, err)
	}
	want := Config{
		PIDFile:     "/run/mosquitto/mosquitto.pid",
		Persistence: Persistence{Location: "/var/lib/mosquitto/"},
		Log:         Log{Destinations: []string{"file"}, File: "/var/log/mosquitto/mosquitto.log"},
	}
	equal(t, "Load", c, want)
	want.Auth.AllowAnonymous = new(true)
	want.Listeners = []Listener{{URL: DefaultURL}}
	equal(t, "Effective", c.Effective(), want)
}

// TestInstalledDefault reads the file of the package where it is installed.
func TestInstalledDefault(t *testing.T) {
	t.Parallel()
	const path = "/etc/mosquitto/mosquitto.conf"
	if _, err := os.Stat(path); err != nil {
		t.Skip("mosquitto is not installed")
	}
	if _, _, err := Load(path); err != nil {
		t.Error(err)
	}
}

func every() Config {
	auth := Auth{
		AllowAnonymous: new(false), PasswordFile: "/etc/mqt/users", ACLFile: "/etc/mqt/acl file",
		AllowEmptyClientID: new(false), AutoIDPrefix: "auto-",
	}
	web := auth
	web.AllowAnonymous, web.AutoIDPrefix = new(true), "web-"
	return Config{
		SysInterval: -1, PIDFile: "/run/mqt.pid", TCPNoDelay: new(true), ClientIDPrefix: "dev-", Auth: auth,
		Persistence: Persistence{Location: "/var/lib/mqt"},
		Limits: Limits{
			MaxKeepAlive: 300, MaxSessionExpiry: 14 * 86400, MaxConnections: 5000, MaxPacketSize: 65536, MaxInflight: -1, MaxQueuedMessages: 500,
			MaxQueuedBytes: -1, MaxPayloadSize: 60000, MaxMemory: 2000000000, QueueQoS0: true, UpgradeQoS: true, RetainAvailable: new(true),
		},
		Log: Log{Destinations: []string{"stdout", "file"}, File: "/var/log/mqt.log", Level: "info", Connections: new(false)},
		Listeners: []Listener{
			{URL: "mqtt://127.0.0.1:1883", MaxConnections: 10},
			{URL: "mqtts://0.0.0.0:8883", Family: "ipv4", MaxQoS: new(1), TopicAliasMaximum: -1, Versions: []int{4, 5}, UseUsernameAsClientID: true, TLS: TLS{
				Cert: "/etc/mqt/server.crt", Key: "/etc/mqt/server.key", CAFile: "/etc/mqt/ca.crt", CAPath: "/etc/mqt/ca.d", CRLFile: "/etc/mqt/revoked.pem",
				RequireCertificate: true, UseIdentityAsUsername: true, MinVersion: "1.3", Ciphers: "ECDHE-RSA-AES128-GCM-SHA256",
			}},
			{URL: "ws://:9001", WSPath: "*", Origins: []string{"https://example.com", "https://example.org"}, HTTPDir: "/srv/www", Auth: &web},
			{URL: "http://[::1]:9002"},
			{URL: "mqtt://:9003", ProxyProtocol: 1},
			{URL: "unix:///run/mqt.sock"},
		},
		Bridges: []Bridge{{
			Name: "north", Addresses: []string{"north.example.com:1883", "10.0.0.1:2883", "[::1]:1884"}, RoundRobin: true, LocalAddress: "192.0.2.1", Version: "5",
			RemoteClientID: "north-1", RemoteUsername: "nora", RemotePassword: "secret word",
			LocalClientID: "local-1", LocalUsername: "lena", LocalPassword: "other secret",
			CleanSession: true, LocalCleanSession: new(false), SessionExpiry: 3600, KeepAlive: 5, StartType: "lazy", IdleTimeout: 30, Threshold: 5,
			RestartMin: 10, RestartMax: 30, StablePeriod: 60, Notifications: new(false), NotificationsLocalOnly: true, NotificationTopic: "state/north",
			TryPrivate: new(false), Unsubscribe: new(false), OutgoingRetain: new(false), Reload: "immediate",
			MaxPacketSize: 1000, ReceiveMaximum: 50, TopicAliasMaximum: -1,
			TLS: BridgeTLS{
				CAFile: "/etc/mqt/north-ca.crt", CAPath: "/etc/mqt/north-ca.d", SystemRoots: true, Cert: "/etc/mqt/north.crt", Key: "/etc/mqt/north.key",
				Insecure: true, ALPN: "mqtt", MinVersion: "1.2", Ciphers: "ECDHE-RSA-AES128-GCM-SHA256",
			},
			Topics: []BridgeTopic{
				{Pattern: "sensors/#", Direction: "out", QoS: 1, LocalPrefix: "local/", RemotePrefix: "remote/"},
				{Pattern: "with some/+/spaces", Direction: "in", QoS: 2},
				{Direction: "both", LocalPrefix: "here", RemotePrefix: "there"},
				{Pattern: "plain"},
			},
		}},
	}
}

func TestEveryKey(t *testing.T) {
	t.Parallel()
	c, warnings, err := Load("testdata/every.conf")
	if err != nil || warnings != nil {
		t.Fatalf("Load = %v, %v", warnings, err)
	}
	equal(t, "Load", c, every())
	data, err := os.ReadFile("testdata/every.conf")
	if err != nil {
		t.Fatal(err)
	}
	alias := []string{"address", "maximum_qos", "retained_persistence", "clientid", "username", "password", "include_dir"}
	for _, k := range keyTable {
		known := k.kind == ignored || k.kind == refused || slices.Contains(alias, k.name)
		if !known && !strings.Contains("\n"+string(data), "\n"+k.name+" ") {
			t.Errorf("testdata/every.conf has no line with %s", k.name)
		}
	}
}

// TestKeyTable looks up where each row stores its value: a wrong path panics.
func TestKeyTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	documented := map[string]bool{}
	for _, k := range Keys() {
		documented[k.Name] = k.Doc != ""
	}
	for _, k := range keyTable {
		if seen[k.name] {
			t.Errorf("%s has two rows", k.name)
		}
		seen[k.name] = true
		switch {
		case k.kind == ignored || k.kind == refused:
			if k.instead == "" {
				t.Errorf("%s does not say what happens instead", k.name)
			}
		case k.to == "" && k.apply == nil:
			t.Errorf("%s goes nowhere", k.name)
		case k.to != "" && !documented[k.where.prefix()+k.to]:
			t.Errorf("%s goes to %s, which has no documentation", k.name, k.where.prefix()+k.to)
		}
	}
}

func TestAnonymous(t *testing.T) {
	t.Parallel()
	type want struct {
		urls []string
		auth []bool // of each listener
	}
	tests := []struct {
		name, text string
		want       want
	}{
		{"nothing", "", want{[]string{DefaultURL}, []bool{true}}},
		{"nothing, denied", "allow_anonymous false", want{[]string{DefaultURL}, []bool{false}}},
		{"passwords without listener", "password_file p", want{[]string{DefaultURL}, []bool{true}}},
		{"settings of the default listener", "max_connections 3", want{[]string{"mqtt://127.0.0.1:1883"}, []bool{true}}},
		{"per listener, no address", "per_listener_settings true\nmax_connections 3\npassword_file p", want{[]string{"mqtt://127.0.0.1:1883"}, []bool{true}}},
		{"listener", "listener 1884", want{[]string{"mqtt://:1884"}, []bool{false}}},
		{"loopback listener", "listener 1884 localhost", want{[]string{"mqtt://localhost:1884"}, []bool{false}}},
		{"listener, allowed", "listener 1884\nallow_anonymous true", want{[]string{"mqtt://:1884"}, []bool{true}}},
		{"port", "port 1884", want{[]string{"mqtt://:1884"}, []bool{false}}},
		{"bind_address", "bind_address ::1", want{[]string{"mqtt://[::1]:1883"}, []bool{false}}},
		{"zone", "listener 1884 fe80::1%eth0", want{[]string{"mqtt://[fe80::1%25eth0]:1884"}, []bool{false}}},
		{"one of two", "listener 1884\nlistener_allow_anonymous true\nlistener 1885", want{[]string{"mqtt://:1884", "mqtt://:1885"}, []bool{true, false}}},
		{"per listener", "per_listener_settings true\nlistener 1884\nallow_anonymous true\nlistener 1885\npassword_file p", want{[]string{"mqtt://:1884", "mqtt://:1885"}, []bool{true, false}}},
		{"TOML listener", "[[listeners]]\nurl = 'mqtt://localhost:1'", want{[]string{"mqtt://localhost:1"}, []bool{false}}},
		{"TOML nothing", "sys_interval = 1", want{[]string{DefaultURL}, []bool{true}}},
		{"TOML own", "[[listeners]]\nurl = 'mqtt://localhost:1'\n[listeners.auth]\nacl_file = 'a'\n[auth]\nallow_anonymous = true", want{[]string{"mqtt://localhost:1"}, []bool{false}}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, _ := load(t, tc.text)
			var got want
			for _, l := range c.Effective().Listeners {
				auth := c.Effective().Auth
				if l.Auth != nil {
					auth = *l.Auth
				}
				got.urls, got.auth = append(got.urls, l.URL), append(got.auth, *auth.AllowAnonymous)
			}
			equal(t, "listeners", got, tc.want)
		})
	}
}

// TestAnonymousElsewhere: a listener that is added to those of the file does
// not inherit what only holds for the default one.
func TestAnonymousElsewhere(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "max_connections 3", "sys_interval = 1"} {
		if c, _ := load(t, text); c.Auth.AllowAnonymous != nil && *c.Auth.AllowAnonymous {
			t.Errorf("Parse(%q).Auth.AllowAnonymous is true", text)
		}
	}
}

func TestInclude(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for i, name := range []string{"b.conf", "A.conf", "01.conf", "C.conf", "a2.conf", "00.conf"} {
		write("d/"+name, "listener 200"+string(rune('0'+i))+"\n")
	}
	write("d/.conf", "nonsense\n")
	write("d/x.txt", "nonsense\n")
	main := write("main.conf", "listener 3000\ninclude_dir "+dir+"/d\nmax_connections 7\n")
	c, _, err := Load(main)
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, l := range c.Listeners {
		urls = append(urls, l.URL)
	}
	equal(t, "order", urls, []string{"mqtt://:3000", "mqtt://:2005", "mqtt://:2002", "mqtt://:2001", "mqtt://:2004", "mqtt://:2000", "mqtt://:2003"})
	equal(t, "the listener after the include", c.Listeners[0].MaxConnections, 7)

	bad := write("e/x.conf", "listener 1\nlistner 2\n")
	_, _, err = Load(write("main2.conf", "include_dir "+dir+"/e"))
	equal(t, "error", err, &Error{bad, 2, `unknown key "listner"`, "the nearest known key is listener"})
	nested := write("f/x.conf", "include_dir "+dir+"/d\n")
	_, _, err = Load(write("main3.conf", "include_dir "+dir+"/f"))
	equal(t, "error", err, &Error{nested, 1, "include_dir in a file that is included itself", "it belongs in the main file only"})
	_, _, err = Load(write("main4.conf", "\ninclude_dir "+dir+"/none"))
	if e := new(Error); !errors.As(err, &e) || e.Line != 2 {
		t.Errorf("Load = %v, want an error in line 2", err)
	}
	// The settings of the listener in the main file do not reach into others.
	write("g/x.conf", "accept_protocol_versions 5\n")
	if _, _, err = Load(write("main5.conf", "listener 1\ninclude_dir "+dir+"/g")); err == nil {
		t.Error("an included file continued a listener of the main file")
	}
	if _, _, err := Load(dir); err == nil {
		t.Error("Load of a directory returned no error")
	}
	if _, _, err := Load(dir + "/nothing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load of nothing = %v, want %v", err, os.ErrNotExist)
	}
}

func TestCompareNames(t *testing.T) {
	t.Parallel()
	got := []string{"b.conf", "A.conf", "01.conf", "a.conf", "B.conf", "00.conf", "ab.conf", "a"}
	slices.SortFunc(got, compareNames)
	equal(t, "order", got, []string{"00.conf", "01.conf", "A.conf", "a", "a.conf", "ab.conf", "B.conf", "b.conf"})
}

func TestSecondsDuration(t *testing.T) {
	t.Parallel()
	for s, want := range map[Seconds]time.Duration{0: 0, 0.25: 250 * time.Millisecond, 60: time.Minute, -1: -1, 1e300: 1 << 33 * time.Second} {
		if got := s.Duration(); got != want {
			t.Errorf("Seconds(%v).Duration() = %v, want %v", float64(s), got, want)
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for u, want := range map[string]bool{
		DefaultURL: true, "unix:///x": true, "mqtts://[::1]:1": true, "ws://localhost:1": true, "mqtt://:1883": false, "mqtt://0.0.0.0:1": false, "mqtt://example.com:1": false, "::": false,
	} {
		if got := (Listener{URL: u}).Loopback(); got != want {
			t.Errorf("Loopback of %s = %t, want %t", u, got, want)
		}
	}
}
