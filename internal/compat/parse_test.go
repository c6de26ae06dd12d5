package compat

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"mqt/format"
	"mqt/internal/mqtt"
)

// testFormat is the check that the command uses.
func testFormat(s string) error {
	_, err := format.NewTemplate(s, io.Discard, format.Options{Compat: true})
	return err
}

func TestParse(t *testing.T) {
	t.Parallel()
	props := func(ps ...mqtt.Property) mqtt.Properties { return ps }
	for _, test := range []struct {
		program Program
		args    string
		want    func(o *Options) // what differs from the defaults
	}{
		{Pub, "-t a -m -5", func(o *Options) { o.Topics, o.Input, o.Message = []string{"a"}, Message, "-5" }},
		{Pub, "-t a -t b -n", func(o *Options) { o.Topics, o.Input = []string{"b"}, Null }},
		{Pub, "-f -m -r --repeat 3x --repeat-delay .5s", func(o *Options) {
			o.Input, o.File, o.Retain, o.Repeat, o.RepeatDelay = File, "-m", true, 3, 500*time.Millisecond
		}},
		{Pub, "-l -q x", func(o *Options) { o.Input = Lines }},
		{Pub, "-p abc -h /run/x", func(o *Options) { o.Host, o.HasPort = "/run/x", true }},
		{Pub, "--unix s", func(o *Options) { o.Host, o.HasPort = "s", true }},
		{Pub, "-L MQTTS://u:p%40:q@h:1x/a/b?c", func(o *Options) {
			o.Host, o.Port, o.HasPort, o.OSCerts, o.Topics = "h", 1, true, true, []string{"a/b?c"}
			o.Username, o.HasUsername, o.Password, o.HasPassword = "u", true, "p@:q", true
		}},
		{Sub, "-t x -L wss://[::1]/%23", func(o *Options) {
			o.Host, o.Port, o.HasPort, o.OSCerts, o.WS, o.Topics = "::1", 443, true, true, true, []string{"x", "#"}
		}},
		{Sub, "-t a -L ws://[::1]:99/b%", func(o *Options) {
			o.Host, o.Port, o.HasPort, o.WS, o.Topics = "::1", 99, true, true, []string{"a", "b%"}
		}},
		{Sub, "-t a --proxy socks5h://a%3ab:c%40@[::1]:5", func(o *Options) {
			o.Topics, o.Proxy = []string{"a"}, "socks5h://a%3Ab:c%40@[::1]:5"
		}},
		{Sub, "-t a -x -1 -i c", func(o *Options) {
			o.Topics, o.ID, o.HasID, o.Version, o.SessionExpiry = []string{"a"}, "c", true, mqtt.V5, NeverExpires
		}},
		{Sub, "-t a -x 0x10 -c", func(o *Options) {
			o.Topics, o.Clean, o.Version, o.SessionExpiry = []string{"a"}, false, mqtt.V5, 16
		}},
		{Sub, "-t a -x 5 -V 311", func(o *Options) { o.Topics = []string{"a"} }},
		{Sub, "-U a -U b -T c/# -T d -W 3 -C 2", func(o *Options) {
			o.Unsubscribe, o.FilterOut, o.Timeout, o.Count = []string{"a", "b"}, []string{"c/#", "d"}, 3*time.Second, 2
		}},
		{Sub, "-t a -R --retain-handling new -R", func(o *Options) {
			o.Topics, o.DropRetained, o.RetainHandling = []string{"a"}, true, mqtt.RetainSendIfNew
		}},
		{Sub, "-t a -R", func(o *Options) {
			o.Topics, o.DropRetained, o.RetainHandling = []string{"a"}, true, mqtt.RetainDontSend
		}},
		{Sub, "-t a -o none -F %p", func(o *Options) { o.Topics, o.Format, o.HasFormat = []string{"a"}, "%p", true }},
		{Sub, "-t a -D Connect User-Property k v -D connect receive-maximum 7z -D subscribe subscription-identifier 9 -D DISCONNECT reason-string -d", func(o *Options) {
			o.Topics, o.Version = []string{"a"}, mqtt.V5
			o.ConnectProps = props(mqtt.Property{ID: mqtt.PropUser, Key: "k", Value: "v"}, mqtt.Property{ID: mqtt.PropReceiveMaximum, Int: 7})
			o.SubscribeProps = props(mqtt.Property{ID: mqtt.PropSubscriptionID, Int: 9})
			o.DisconnectProps = props(mqtt.Property{ID: mqtt.PropReasonString, Value: "-d"})
		}},
		{Sub, "-t a --will-topic w --will-payload p --will-qos 2 --will-retain -M 5 -k 5 -A 127.0.0.1", func(o *Options) {
			o.Topics, o.WillTopic, o.HasWillTopic, o.WillPayload, o.HasWillPayload = []string{"a"}, "w", true, "p", true
			o.WillQoS, o.WillRetain, o.Inflight, o.KeepAlive, o.Bind = 2, true, 5, 5*time.Second, "127.0.0.1"
		}},
		{RR, "-t a -e b -m x", func(o *Options) {
			o.Topics, o.ResponseTopic, o.Input, o.Message = []string{"a"}, "b", Message, "x"
		}},
		{RR, "-L mqtt://h/a -t c -e d -e b -n -V 311 --latency -W 3 -R -v -N --pretty", func(o *Options) {
			o.Host, o.Port, o.HasPort, o.Topics, o.ResponseTopic, o.Input, o.Version = "h", 1883, true, []string{"c"}, "b", Null, mqtt.V311
			o.Latency, o.Timeout, o.DropRetained, o.RetainHandling = true, 3*time.Second, true, mqtt.RetainDontSend
			o.Verbose, o.NoNewline, o.Pretty = true, true, true
		}},
		{RR, "-t a -e b -f x --retain-handling new --retain-as-published -F %p -q 2 -x 7", func(o *Options) {
			o.Topics, o.ResponseTopic, o.Input, o.File, o.QoS, o.SessionExpiry = []string{"a"}, "b", File, "x", 2, 7
			o.RetainHandling, o.RetainAsPublished, o.Format, o.HasFormat = mqtt.RetainSendIfNew, true, "%p", true
		}},
	} {
		want := defaults(test.program)
		test.want(want)
		got, err := Parse(test.program, strings.Fields(test.args), testEnvironment(t.TempDir()))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%v, %q) = %+v, %v, want %+v", test.program, test.args, got, err, want)
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args   string
		port   int
		secure bool
	}{
		{"", 1883, false},
		{"-p 8883", 8883, true},
		{"-p 8883 --no-tls", 8883, false},
		{"--cafile f", 8883, true},
		{"--capath f -p 1883", 1883, true},
		{"--psk 00 --psk-identity i", 8883, true},
		{"--tls-use-os-certs", 1883, true},
		{"--insecure --cert a --key b", 1883, false},
		{"-L mqtts://h/t", 8883, true},
		{"-L mqtts://h/t --no-tls", 8883, false},
		{"--cafile f --no-tls", 1883, false},
	} {
		o, err := Parse(Pub, strings.Fields(test.args), testEnvironment(t.TempDir()))
		if err != nil {
			t.Fatalf("Parse(%q): %v", test.args, err)
		}
		if port, secure := o.Address(), o.Secure(); port != test.port || secure != test.secure {
			t.Errorf("%q: Address, Secure = %d, %t, want %d, %t", test.args, port, secure, test.port, test.secure)
		}
	}
}

func TestParseEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args string
		want error
	}{
		{"--help --nonsense", ErrHelp},
		{"-t a --version --help", ErrVersion},
		{"-t --help", nil},
	} {
		if _, err := Parse(Sub, strings.Fields(test.args), testEnvironment(t.TempDir())); !errors.Is(err, test.want) {
			t.Errorf("Parse(%q) = %v, want %v", test.args, err, test.want)
		}
	}
}

func TestConfigFile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		args string
		want []string // the topics, or one error
	}{
		{"-t a\n", "-t b", []string{"a", "b"}},
		{"# -t x\n\n   \n -t a\r\n", "", []string{"a"}},
		{"-t   a b\n-t \"q t\"", "", []string{"  a b", "\"q t\""}},
		{"-t a\n-t", "", []string{"-t argument given but no topic specified."}},
		{"-t a \n-t ", "", []string{"-t argument given but no topic specified."}},
		{"-d x", "-t a", []string{"Unknown option 'x'."}},
		{"-D connect user-property", "-t a", []string{fewWords}},
		{"-t " + strings.Repeat("a", 1020) + "-v\n-v", "", []string{strings.Repeat("a", 1020)}},
		{"-t a\x00b\n-t c", "", []string{"a", "c"}},
		{"--help", "-t a", []string{ErrHelp.Error()}},
	} {
		dir := t.TempDir()
		name := "mosquitto_sub"
		if strings.Contains(filepath.ToSlash(defaultFile(Sub, testEnvironment(dir).Getenv)), ".conf") {
			name += ".conf"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		other := filepath.Join(dir, "other")
		if err := os.WriteFile(other, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, env := range []struct{ dir, args string }{{dir, test.args}, {t.TempDir(), test.args + " -o " + other}} {
			o, err := Parse(Sub, strings.Fields(env.args), testEnvironment(env.dir))
			got := []string{}
			if err == nil {
				got = o.Topics
			} else {
				got = append(got, err.Error())
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("file %q, Parse(%q) = %q, want %q", test.text, env.args, got, test.want)
			}
		}
		if o, err := Parse(Sub, []string{"-t", "z", "-o", filepath.Join(dir, "none")}, testEnvironment(dir)); err != nil || len(o.Topics) != 1 {
			t.Errorf("-o did not take the place of the default file: %v", err)
		}
	}
}

func TestCNumbers(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]float64{"1": 1, " 1.5x": 1.5, "-.5": -.5, "1e3e": 1000, "1e": 1, "1e+": 1, "": 0, ".": 0, "x": 0, "+2": 2} {
		if got := atof(s); got != want {
			t.Errorf("atof(%q) = %v, want %v", s, got, want)
		}
	}
	for s, want := range map[string]int{"1": 1, " \t-5x": -5, "": 0, "+": 0, "4294967297": 1, "9999999999999999999": -1} {
		if got := atoi(s); got != want {
			t.Errorf("atoi(%q) = %v, want %v", s, got, want)
		}
	}
}

// FuzzParse: nothing may crash, and what is accepted is whole.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"-t a", "-L mqtt://a:b@[::1]:5/t", "-D will user-property a b -t x", "-F %-05.3:x -t a", "--proxy socks5h://a@b:1 -t a", "-x 0x7 -t a"} {
		f.Add(s, "-t b\n-q 1\n# c\n")
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, line, file string) {
		for words := range configLines(file) {
			if len(words) == 0 || len(words) > 2 || words[0] == "" || strings.Contains(words[0], " ") {
				t.Fatalf("configLines(%q) yields %q", file, words)
			}
		}
		for _, program := range []Program{Pub, Sub, RR} {
			words := strings.Split(line, " ")
			if strings.Contains(line, "-o") {
				return // would read a file
			}
			o, err := Parse(program, words, testEnvironment(dir))
			var usage *UsageError
			switch {
			case errors.Is(err, ErrHelp), errors.Is(err, ErrVersion):
			case err != nil && (!errors.As(err, &usage) || !strings.HasSuffix(usage.Message(program), "to see usage.\n")):
				t.Fatalf("Parse(%q) = %v", words, err)
			case err == nil && (o.Address() < 0 || program == RR && (o.ResponseTopic == "" || len(o.Topics) != 1) || o.QoS > 2 || o.KeepAlive < 5*time.Second || program == Sub && len(o.Topics)+len(o.Unsubscribe) == 0):
				t.Fatalf("Parse(%q) = %+v", words, o)
			}
		}
	})
}
