package cmd

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

// place is an environment with variables and a file of profiles.
type place struct {
	vars map[string]string
	file string // its text; empty: there is none
}

const office = `default = "office"
[profiles.office]
url = "mqtts://office.example.com:8884"
username = "alice"
password_command = "echo secret"
cafile = "ca.pem"
keepalive = 30
retry_connect = true
connect_timeout = 2.5

[profiles.plain]
host = "plain.example.com"
port = 1884
id_prefix = "plain-"
ws = true
ws_header = ["A: b", "C: d"]
property = ["connect user-property site the office", "publish content-type text/plain", "subscribe user-property x y"]

[profiles.bad]
port = "many"

[profiles.wrong]
usernam = "alice"

[profiles.home]
cert = "~/c.pem"
key = "/k.pem"
`

// connect returns what mqt pub with args makes of it, and its standard error.
func (p place) connect(t *testing.T, args ...string) (*connOptions, string, error) {
	t.Helper()
	dir := t.TempDir()
	if p.file != "" {
		if err := os.Mkdir(filepath.Join(dir, "mqt"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "mqt", "config.toml"), []byte(p.file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got *pubOptions
	var errs bytes.Buffer
	env := testEnv()
	env.Stderr = &errs
	env.Getenv = func(name string) string {
		if name == "XDG_CONFIG_HOME" {
			return dir
		}
		return p.vars[name]
	}
	root := newRoot(env)
	pub, _, err := root.Find([]string{"pub"})
	if err != nil {
		t.Fatal(err)
	}
	root.RemoveCommand(pub)
	root.AddCommand(newPub(env, func(_ context.Context, _ *Env, o *pubOptions) error { got = o; return nil }))
	root.SetArgs(append([]string{"pub", "-t", "t", "-n"}, args...))
	err = root.ExecuteContext(t.Context())
	clean := func(s string) string { return strings.ReplaceAll(s, dir+string(filepath.Separator), "") }
	if err != nil {
		return nil, "", &brief{clean(err.Error()), err}
	}
	got.Conn.TLS.CAFile = clean(got.Conn.TLS.CAFile)
	return &got.Conn, clean(errs.String()), nil
}

func TestSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		place place
		args  string
		want  func(o *connOptions)
	}{
		{name: "nothing", want: func(*connOptions) {}},
		{name: "variables", place: place{vars: map[string]string{"MQT_URL": "mqtt://u:p@h", "MQT_KEEPALIVE": "5", "MQT_PASSWORD": "x", "MQT_RETRY_CONNECT": "1",
			"MQT_PROTOCOL_VERSION": "311", "MQT_WILL_TOPIC": "w", "MQT_INSECURE": "true"}},
			want: func(o *connOptions) {
				o.URL, o.KeepAlive, o.RetryConnect, o.Version.Number = "mqtt://u:p@h", 5, true, mqtt.V311
				o.Password, o.HasPassword, o.Will.Topic, o.TLS.Insecure = "x", true, "w", true
			}},
		{name: "variables with several values", place: place{vars: map[string]string{"MQT_WS": "1", "MQT_WS_HEADER": "A: b\nC: d\n",
			"MQT_PROPERTY": "connect user-property k v w\nsubscribe user-property a b\npublish content-type text/plain"}},
			want: func(o *connOptions) {
				o.WS, o.WSHeader, o.NeedV5 = true, []string{"A: b", "C: d"}, []string{"MQT_PROPERTY"}
				o.Props.Connect.AddUser("k", "v w")
				o.Props.Publish.SetText(mqtt.PropContentType, "text/plain")
			}},
		{name: "flags count more", place: place{vars: map[string]string{"MQT_HOST": "a", "MQT_PORT": "5", "MQT_ID": "x"}}, args: "-h b -I y",
			want: func(o *connOptions) { o.Host, o.Port, o.IDPrefix = "b", 5, "y" }},
		{name: "another way to say where", place: place{vars: map[string]string{"MQT_HOST": "a", "MQT_PORT": "5", "MQT_USERNAME": "x", "MQT_PASSWORD": "y"}},
			args: "-L mqtt://u:p@b", want: func(o *connOptions) { o.URL = "mqtt://u:p@b" }},
		{name: "another way to say the password", place: place{vars: map[string]string{"MQT_PASSWORD": "a"}}, args: "--password-file b",
			want: func(o *connOptions) { o.PasswordFile = "b" }},
		{name: "default profile", place: place{file: office}, want: func(o *connOptions) {
			o.URL, o.Username, o.PasswordCommand, o.TLS.CAFile = "mqtts://office.example.com:8884", "alice", "echo secret", filepath.Join("mqt", "ca.pem")
			o.KeepAlive, o.RetryConnect, o.ConnectTimeout = 30, true, seconds(2500*time.Millisecond)
		}},
		{name: "a port on the command line instead of SRV records", place: place{vars: map[string]string{"MQT_SRV": "1"}}, args: "-h b -p 5",
			want: func(o *connOptions) { o.Host, o.Port = "b", 5 }},
		{name: "a URL on the command line instead of SRV records", place: place{vars: map[string]string{"MQT_SRV": "1"}}, args: "-L mqtt://b:5",
			want: func(o *connOptions) { o.URL = "mqtt://b:5" }},
		{name: "SRV records of a profile's URL", place: place{file: "default='x'\n[profiles.x]\nurl='mqtt://b'\nsrv=true"},
			want: func(o *connOptions) { o.URL, o.SRV = "mqtt://b", true }},
		{name: "SRV records instead of a port", place: place{vars: map[string]string{"MQT_PORT": "5"}}, args: "-h b -S",
			want: func(o *connOptions) { o.Host, o.SRV = "b", true }},
		{name: "no socket of a profile for another host", place: place{file: "[profiles.s]\nhost='/s'\nport=0"}, args: "-h b --profile s",
			want: func(o *connOptions) { o.Host, o.Profile = "b", "s" }},
		{name: "socket of a profile", place: place{file: "[profiles.s]\nhost='/s'\nport=0"}, args: "--profile s",
			want: func(o *connOptions) { o.Host, o.Unix, o.Profile = "/s", "/s", "s" }},
		{name: "no profile for another broker", place: place{file: office}, args: "-h localhost", want: func(*connOptions) {}},
		{name: "no profile for another broker's variable", place: place{file: office, vars: map[string]string{"MQT_UNIX": "/s"}}, want: func(o *connOptions) { o.Unix = "/s" }},
		{name: "no profile", place: place{file: office}, args: "--profile=", want: func(*connOptions) {}},
		{name: "profile", place: place{file: office}, args: "--profile plain -p 5", want: func(o *connOptions) {
			o.Profile, o.Host, o.Port, o.IDPrefix, o.WS, o.WSHeader = "plain", "plain.example.com", 5, "plain-", true, []string{"A: b", "C: d"}
			o.NeedV5 = []string{"property of profile plain"}
			o.Props.Connect.AddUser("site", "the office")
			o.Props.Publish.SetText(mqtt.PropContentType, "text/plain")
		}},
		{name: "profile's variable", place: place{file: office, vars: map[string]string{"MQT_PROFILE": "plain", "MQT_WS_HEADER": "X: y"}}, args: "-i me", want: func(o *connOptions) {
			o.Profile, o.Host, o.Port, o.ID, o.WS, o.WSHeader = "plain", "plain.example.com", 1884, "me", true, []string{"X: y"}
			o.NeedV5 = []string{"property of profile plain"}
			o.Props.Connect.AddUser("site", "the office")
			o.Props.Publish.SetText(mqtt.PropContentType, "text/plain")
		}},
		{name: "port of a profile's URL, and its password is its user's", place: place{file: office}, args: "-p 99 -u bob -k 7", want: func(o *connOptions) {
			o.URL, o.Port, o.Username, o.TLS.CAFile = "mqtts://office.example.com:8884", 99, "bob", filepath.Join("mqt", "ca.pem")
			o.KeepAlive, o.RetryConnect, o.ConnectTimeout = 7, true, seconds(2500*time.Millisecond)
		}},
		{name: "home", place: place{file: office, vars: map[string]string{"HOME": "/home/alice"}}, args: "--profile home", want: func(o *connOptions) {
			o.Profile, o.TLS.Cert, o.TLS.Key = "home", filepath.FromSlash("/home/alice/c.pem"), "/k.pem"
		}},
		{name: "wrong file that is not needed", place: place{file: "default ="}, args: "-h localhost", want: func(*connOptions) {}},
	}
	for _, tt := range tests {
		got, _, err := tt.place.connect(t, strings.Fields(tt.args)...)
		want := connDefaults("publish")
		tt.want(&want)
		if fields := strings.Fields(tt.args); len(fields) > 1 && fields[0] == "-h" {
			want.Host = fields[1]
		}
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: pub %s = %+v, %v, want %+v", tt.name, tt.args, got, err, want)
		}
	}
}

func TestSettingsErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join("mqt", "config.toml")
	tests := []struct {
		name  string
		place place
		args  string
		want  string
		code  int
	}{
		{name: "wrong variable", place: place{vars: map[string]string{"MQT_PORT": "x"}}, want: `pub: MQT_PORT "x" is not a number`, code: exitUsage},
		{name: "a socket's port with a URL", place: place{file: office}, args: "-p 0", want: "pub: -p 0: the broker is named by a URL, not by the path of a Unix socket\nhint: give -h PATH", code: exitUsage},
		{name: "a variable that is no host", place: place{vars: map[string]string{"MQT_HOST": "h:1"}}, want: "pub: MQT_HOST \"h:1\" is not a host name or address\nhint: write -h h -p 1", code: exitUsage},
		{name: "wrong switch", place: place{vars: map[string]string{"MQT_SRV": "yes"}}, want: `pub: MQT_SRV "yes" is neither true nor false`, code: exitUsage},
		{name: "impossible together", place: place{vars: map[string]string{"MQT_URL": "mqtt://a", "MQT_HOST": "b"}}, want: "pub: MQT_URL and MQT_HOST cannot be used together\nhint: -d shows", code: exitUsage},
		{name: "no such profile", place: place{file: office}, args: "--profile x", want: `pub: no profile "x" in ` + file + "\nhint: its profiles: bad, home, office, plain, wrong", code: exitUsage},
		{name: "no file", args: "--profile x", want: "pub: open " + file + ": no such file or directory\nhint: \"mqt profile add NAME -L URL\" makes it", code: exitFailed},
		{name: "wrong value", place: place{file: office}, args: "--profile bad", want: "pub: " + file + ":20: port is not a number", code: exitFailed},
		{name: "unknown key", place: place{file: office}, args: "--profile wrong", want: "pub: " + file + `:23: unknown key "usernam"` + "\nhint: did you mean \"username\"?", code: exitFailed},
		{name: "wrong file", place: place{file: "\ndefault ="}, want: "pub: " + file + ":2: ", code: exitFailed},
		{name: "several values", place: place{file: "[profiles.x]\nhost = ['a', 'b']"}, args: "--profile x", want: "pub: " + file + ":2: host takes one value", code: exitFailed},
		{name: "profile in a profile", place: place{file: "[profiles.x]\nprofile = 'y'"}, args: "--profile x", want: "pub: " + file + `:2: unknown key "profile"`, code: exitFailed},
		{name: "check of a setting", place: place{file: "default = 'x'\n[profiles.x]\nkeepalive = 99999"}, want: "pub: -k 99999: the keep alive is 0 to 65535 seconds\nhint: -d shows where each setting comes from", code: exitUsage},
	}
	for _, tt := range tests {
		_, _, err := tt.place.connect(t, strings.Fields(tt.args)...)
		if !strings.HasPrefix(errText(err), tt.want) || exitCode(err) != tt.code {
			t.Errorf("%s: pub %s = %q with code %d, want %q with %d", tt.name, tt.args, errText(err), exitCode(err), tt.want, tt.code)
		}
	}
}

// What --verbose and -d tell holds no secret.
func TestSettingsShown(t *testing.T) {
	t.Parallel()
	p := place{file: "[profiles.x]\nproxy = 'socks5h://me:SECRET@proxy'\nws_header = 'A: SECRET'\npassword = 'SECRET'\nproperty = 'connect authentication-data SECRET'\nkeepalive = 7",
		vars: map[string]string{"MQT_URL": "ws://u:SECRET@h", "MQT_ID": "me\x1b"}}
	want := "mqt: url = ws://u:…@h (MQT_URL)\n" +
		"mqt: id = me\\x1b (MQT_ID)\n" +
		"mqt: keepalive = 7 (keepalive of profile x)\n" +
		"mqt: property = … (property of profile x)\n" +
		"mqt: profile = x (command line)\n" +
		"mqt: verbose = true (command line)\n" +
		"mqt: ws-header = … (ws_header of profile x)\n" +
		"mqt: proxy = socks5h://me:…@proxy (proxy of profile x)\n" +
		"mqt: all other connection settings have their defaults\n"
	if _, got, err := p.connect(t, "--profile", "x", "--verbose"); err != nil || got != want {
		t.Errorf("--verbose = %s, %v, want\n%s", got, err, want)
	}
	if _, got, err := p.connect(t, "-d"); err != nil || !strings.Contains(got, "no profile is used") || strings.Contains(got, "SECRET") {
		t.Errorf("-d = %s, %v, want that no profile is used", got, err)
	}
	if _, got, err := p.connect(t); err != nil || got != "" {
		t.Errorf("without = %q, %v, want nothing", got, err)
	}
}
