package transport

import (
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	type parts struct{ scheme, host, user, password, path string }
	tests := []struct {
		name, in string
		want     parts
	}{
		{"default port", "mqtt://localhost", parts{"mqtt", "localhost:1883", "", "", ""}},
		{"scheme in capitals", "MQTT://h", parts{"mqtt", "h:1883", "", "", ""}},
		{"tls", "mqtts://h", parts{"mqtts", "h:8883", "", "", ""}},
		{"websocket with path", "ws://h/x/y", parts{"ws", "h:80", "", "", "/x/y"}},
		{"websocket over tls", "wss://h:9001", parts{"wss", "h:9001", "", "", ""}},
		{"any free port", "mqtt://127.0.0.1:0", parts{"mqtt", "127.0.0.1:0", "", "", ""}},
		{"IPv6", "mqtt://[::1]:1884", parts{"mqtt", "[::1]:1884", "", "", ""}},
		{"IPv6 without port", "mqtts://[2001:db8::1]", parts{"mqtts", "[2001:db8::1]:8883", "", "", ""}},
		{"IPv6 zone", "mqtt://[fe80::1%25eth0]", parts{"mqtt", "[fe80::1%eth0]:1883", "", "", ""}},
		{"user info decoded", "mqtt://us%40er:p%3Aa%2Fs%25@h", parts{"mqtt", "h:1883", "us@er", "p:a/s%", ""}},
		{"empty port", "mqtt://h:", parts{"mqtt", "h:1883", "", "", ""}},
		{"unix", "unix:///run/mqt.sock", parts{"unix", "", "", "", "/run/mqt.sock"}},
		{"unix with a user", "unix://u:p@/run/x", parts{"unix", "", "u", "p", "/run/x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u, err := ParseURL(tt.in)
			if err != nil {
				t.Fatalf("ParseURL(%q) = %v", tt.in, err)
			}
			got := parts{u.Scheme, u.Host, u.User.Username(), "", u.Path}
			got.password, _ = u.User.Password()
			if got != tt.want {
				t.Errorf("ParseURL(%q) = %+v, want %+v", tt.in, got, tt.want)
			}
		})
	}
}

func TestParseURLErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"no scheme", "localhost", "URL \"localhost\" has no scheme\nhint: write mqtt://localhost"},
		{"host and port", "localhost:1883", `URL "localhost:1883": unknown scheme "localhost", supported are mqtt, mqtts, ws, wss, unix` + "\nhint: write mqtt://localhost:1883"},
		{"address and port", "127.0.0.1:1883", "URL \"127.0.0.1:1883\" has no scheme\nhint: write mqtt://127.0.0.1:1883"},
		{"tcp", "tcp://h", `URL "tcp://h": unknown scheme "tcp", supported are mqtt, mqtts, ws, wss, unix` + "\nhint: write mqtt:// instead"},
		{"ssl", "ssl://h", `URL "ssl://h": unknown scheme "ssl", supported are mqtt, mqtts, ws, wss, unix` + "\nhint: write mqtts:// instead"},
		{"no host", "mqtt://", "URL \"mqtt://\": missing host\nhint: write mqtt://localhost"},
		{"only a port", "mqtt://:1883", "URL \"mqtt://:1883\": missing host\nhint: write mqtt://localhost"},
		{"port too large", "mqtt://h:65536", `URL "mqtt://h:65536": the port is not a number from 0 to 65535`},
		{"port in letters", "mqtt://h:x", `URL "mqtt://h:x": invalid port ":x" after host`},
		{"password hidden", "mqtt://u:secret@h:x", `URL "mqtt://u:…@h:x": invalid port ":x" after host`},
		{"slash in the password", "mqtt://u:se/cret@h", "URL \"mqtt://u:…@h\": the password holds a character that must be encoded" +
			"\nhint: write % / ? # @ and space in it as %25 %2F %3F %23 %40 %20, or give it with --password-file"},
		{"wrong escape in the password", "mqtt://u:se%zzcret@h", "URL \"mqtt://u:…@h\": the password holds a character that must be encoded" +
			"\nhint: write % / ? # @ and space in it as %25 %2F %3F %23 %40 %20, or give it with --password-file"},
		{"no socket", "unix://", "URL \"unix://\": missing socket path\nhint: write unix:///path/to/socket"},
		{"relative socket", "unix://run/x", "URL \"unix://run/x\": a socket path begins with a slash\nhint: write unix:///run/x"},
		{"IPv6 without brackets", "mqtt://::1", `URL "mqtt://::1": the host is not an IPv6 address in brackets`},
		{"control character", "\n", `URL "\n" has no scheme`},
		{"empty", "", "URL \"\" has no scheme\nhint: write mqtt://"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseURL(tt.in)
			if err == nil || err.Error() != tt.want {
				t.Errorf("ParseURL(%q) = %v, want %s", tt.in, err, tt.want)
			}
		})
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"mqtt://u:p@[::1]:1", "unix:///x", "ws://h/p?q#f", "a:b", "mqtt://%zz@h", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURL(s)
		if err != nil {
			if strings.Count(err.Error(), "\n") > 1 {
				t.Errorf("ParseURL(%q): more than two lines: %v", s, err)
			}
			return
		}
		again, err := ParseURL(u.String())
		if err != nil {
			t.Fatalf("ParseURL(%q) gave %q, which does not parse: %v", s, u, err)
		}
		if again.Host != u.Host || again.Path != u.Path || again.Scheme != u.Scheme {
			t.Errorf("ParseURL(%q) = %q, again %q", s, u, again)
		}
	})
}

// FuzzRedact: no text about a URL, whatever is wrong with it, shows any of its
// password.
func FuzzRedact(f *testing.F) {
	for _, s := range []string{"", "/", "x/", "%zz", "?", "#", "@", ":", "[", " ", "//", "1:2/"} {
		f.Add(byte(1), "u", s, s, "h:1883/p")
		f.Add(byte(1), "u", "", s, "h:x")
		f.Add(byte(0), "u", s, "", "h")
		f.Add(byte(2), "", s, s, "[::1")
	}
	schemes := [...]string{"", "mqtt://", "wss://", "unix://", "ssl://", "//"}
	f.Fuzz(func(t *testing.T, scheme byte, user, before, after, host string) {
		const secret = "SECRET"
		if strings.ContainsAny(user, ":/@") || strings.Contains(user+host, secret) {
			return
		}
		start := schemes[int(scheme)%len(schemes)]
		if start == "" && strings.HasPrefix(before, "//") {
			return // a URL with another scheme
		}
		s := start + user + ":" + before + secret + after + "@" + host
		if shown := Redact(s); strings.Contains(shown, secret) {
			t.Errorf("Redact(%q) = %q", s, shown)
		}
		if _, err := ParseURL(s); err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("ParseURL(%q) = %v", s, err)
		}
	})
}
