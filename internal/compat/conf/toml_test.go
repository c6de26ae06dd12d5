package conf

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// reload prints c and reads it again.
func reload(t testing.TB, c Config) (Config, string) {
	t.Helper()
	text, err := c.TOML()
	if err != nil {
		t.Fatal(err)
	}
	got, warnings, err := Parse("printed", text)
	if err != nil || warnings != nil {
		t.Fatalf("Parse(%s) = %v, %v", text, warnings, err)
	}
	return got, string(text)
}

func withoutSecrets(c Config) Config {
	c.Bridges = slices.Clone(c.Bridges)
	for i := range c.Bridges {
		c.Bridges[i].RemotePassword, c.Bridges[i].LocalPassword = "", ""
	}
	return c
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{}, Config{}.Effective(), withoutSecrets(every()), withoutSecrets(every()).Effective(), full()} {
		got, _ := reload(t, c)
		equal(t, "TOML read again", got, c)
	}
}

// TestFullReallyIs keeps the round trip honest: a new field must be in it.
func TestFullReallyIs(t *testing.T) {
	t.Parallel()
	text, err := full().TOML()
	if err != nil {
		t.Fatal(err)
	}
	lines := tomlLines(text)
	printed := map[string]bool{}
	for path := range lines {
		printed[strings.NewReplacer("[0]", "", "[1]", "").Replace(path)] = true
	}
	for _, k := range Keys() {
		if !printed[k.Name] && !strings.HasSuffix(k.Name, "_password") {
			t.Errorf("%s is not printed by full().TOML()", k.Name)
		}
	}
}

// full has no zero value in it, apart from secrets.
func full() Config {
	var c Config
	fill(reflect.ValueOf(&c).Elem(), "")
	for i := range c.Listeners {
		c.Listeners[i].URL = "wss://:443"
		c.Listeners[i].ProxyProtocol = 1
		c.Listeners[i].ProxyTrusted = []string{"10.0.0.0/8", "::1"}
		c.Listeners[i].Auth.AuthURL = "https://example.com/"
	}
	c.Auth.AuthURL = "http://localhost/"
	c.Persistence.Sync = "interval=100ms"
	c.Log.Destinations = []string{"file", "topic"}
	for i := range c.Bridges {
		c.Bridges[i].Name += string(rune('a' + i))
		c.Bridges[i].LocalClientID += string(rune('a' + i))
		c.Bridges[i].Addresses = []string{"h:1"}
		for j := range c.Bridges[i].Topics {
			c.Bridges[i].Topics[j].LocalPrefix += "/"
			c.Bridges[i].Topics[j].RemotePrefix += "/"
		}
		c.Bridges[i].Topics[1].Pattern = "+/\"ü\u0085\\\t\x7f"
	}
	return withoutSecrets(c)
}

func fill(v reflect.Value, tag reflect.StructTag) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Tag)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), tag)
		fill(v.Index(1), tag)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if v.Elem().Kind() != reflect.Bool { // false is what must survive
			fill(v.Elem(), tag)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
		if tag.Get("range") == "3 5" {
			v.SetInt(4)
		} else if strings.HasPrefix(tag.Get("toml"), "max_packet_size") {
			v.SetInt(20)
		}
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.String:
		v.SetString("a \"b\" \\ü")
		if words := strings.Fields(tag.Get("oneof")); len(words) > 0 {
			v.SetString(words[0])
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	c := every()
	c.Auth.AuthURL = "https://bob:hunter2@example.com/auth"
	c.Listeners[2].Auth.AuthURL = c.Auth.AuthURL
	text, err := c.TOML()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"secret", "hunter2"} {
		if strings.Contains(strings.ReplaceAll(string(text), "the secret", ""), secret) {
			t.Errorf("TOML prints %q:\n%s", secret, text)
		}
	}
	if _, _, err := Parse("f", text); err == nil || !strings.Contains(err.Error(), "left out when this was printed") {
		t.Errorf("Parse of redacted text = %v", err)
	}
	if c.Bridges[0].RemotePassword != "secret word" || c.Listeners[2].Auth.AuthURL != c.Auth.AuthURL {
		t.Error("TOML changed what it printed")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	byName := map[string]Key{}
	for _, k := range Keys() {
		if k.Doc == "" {
			t.Errorf("%s has no documentation", k.Name)
		}
		byName[k.Name] = k
	}
	for _, want := range []Key{
		{"sys_interval", "seconds", "seconds between updates of the $SYS topics; -1 is never", []string{"sys_interval"}},
		{"listeners.versions", "[integer]", "protocol levels: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0", []string{"accept_protocol_versions"}},
		{"listeners.auth.allow_anonymous", "boolean", "let clients in that give no user name", []string{"listener_allow_anonymous"}},
		{"limits.max_topic_levels", "integer", "most levels of a topic", nil},
		{"bridges.topics.pattern", "string", "topic filter without the prefixes", []string{"topic"}},
	} {
		equal(t, want.Name, byName[want.Name], want)
	}
}

// TestComments: what is printed documents itself.
func TestComments(t *testing.T) {
	t.Parallel()
	text, err := Config{SysInterval: -1}.Effective().TOML()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "effective.toml"))
	if err != nil || string(text) != string(want) {
		t.Errorf("TOML() =\n%s\nwant, from testdata/effective.toml (%v):\n%s", text, err, want)
	}
}
