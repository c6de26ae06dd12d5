package cmd

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"mqt/internal/client"
	"mqt/internal/mqtt"
)

func pubConn(t *testing.T, args ...string) (*connOptions, error) {
	t.Helper()
	var got *pubOptions
	err := parse(t, newPub(testEnv(), func(_ context.Context, _ *Env, o *pubOptions) error { got = o; return nil }),
		append([]string{"-t", "t", "-n"}, args...)...)
	if err != nil {
		return nil, err
	}
	return &got.Conn, nil
}

func TestTarget(t *testing.T) {
	t.Parallel()
	password := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(password, []byte("from file\r\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := client.Options{CleanStart: true, KeepAlive: time.Minute, ConnectTimeout: 10 * time.Second}
	tests := []struct {
		args string
		url  string
		want func(o *client.Options)
	}{
		{args: "", url: "mqtt://localhost:1883"},
		{args: "-h ::1 -p 99", url: "mqtt://[::1]:99"},
		{args: "-p 8883", url: "mqtts://localhost:8883"},
		{args: "-p 8883 --no-tls", url: "mqtt://localhost:8883"},
		{args: "--tls-use-os-certs", url: "mqtts://localhost:8883"},
		{args: "--tls-use-os-certs -p 1883", url: "mqtts://localhost:1883"},
		{args: "--ws -h b", url: "ws://b:80"},
		{args: "--ws --tls-use-os-certs", url: "wss://localhost:443"},
		{args: "--unix /run/x", url: "unix:///run/x"},
		{args: "-h /run/x -p 0", url: "unix:///run/x"},
		{args: "-S -h h", url: "mqtt://h"},
		{args: "-S -h h --tls-use-os-certs", url: "mqtts://h"},
		{args: "-S -L mqtts://u@h/t", url: "mqtts://h", want: func(o *client.Options) { o.Username = "u" }},
		{args: "-L mqtt://u:p%40@h:5/a/b", url: "mqtt://h:5", want: func(o *client.Options) {
			o.Username, o.Password = "u", []byte("p@")
		}},
		{args: "-L mqtt://us%3Aer:p%2F%40%25@[2001:db8::1]:5/t", url: "mqtt://[2001:db8::1]:5", want: func(o *client.Options) {
			o.Username, o.Password = "us:er", []byte("p/@%")
		}},
		{args: "-L mqtts://[::1]", url: "mqtts://[::1]:8883"},
		{args: "-L mqtt://[fe80::1%25eth0]", url: "mqtt://[fe80::1%eth0]:1883"},
		{args: "-h [::1]", url: "mqtt://[::1]:1883"},
		{args: "-h my_host-1.example.com.", url: "mqtt://my_host-1.example.com.:1883"},
		{args: "-h müller", url: "mqtt://müller:1883"},
		{args: "-h fe80::1%eth0", url: "mqtt://[fe80::1%eth0]:1883"},
		{args: "-L mqtt://u@h", url: "mqtt://h:1883", want: func(o *client.Options) { o.Username = "u" }},
		{args: "-L mqtt://u:@h", url: "mqtt://h:1883", want: func(o *client.Options) { o.Username, o.Password = "u", []byte{} }},
		{args: "-L mqtt://u:p@h -u v -P w", url: "mqtt://h:1883", want: func(o *client.Options) {
			o.Username, o.Password = "v", []byte("w")
		}},
		{args: "-u u --password-file " + password, url: "mqtt://localhost:1883", want: func(o *client.Options) {
			o.Username, o.Password = "u", []byte("from file")
		}},
		{args: "-L ws://h/path", url: "ws://h:80"},
		{args: "-I pre- -k 0 -M 9 --retry-connect", url: "mqtt://localhost:1883", want: func(o *client.Options) {
			o.ClientID, o.KeepAlive, o.Inflight, o.RetryConnect = "pre-42", -1, 9, true
		}},
		{args: "-i me -c", url: "mqtt://localhost:1883", want: func(o *client.Options) {
			o.ClientID, o.CleanStart, o.KeepSession = "me", false, true
		}},
		{args: "-i me -c -V 311", url: "mqtt://localhost:1883", want: func(o *client.Options) {
			o.ClientID, o.CleanStart, o.KeepSession, o.Version = "me", false, true, mqtt.V311
		}},
		{args: "-i me -c -x 0", url: "mqtt://localhost:1883", want: func(o *client.Options) {
			o.ClientID, o.CleanStart, o.Version = "me", false, mqtt.V5
		}},
		{args: "-x 60", url: "mqtt://localhost:1883", want: func(o *client.Options) {
			o.Version, o.Props = mqtt.V5, mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 60}}
		}},
		{args: "--will-topic w --will-payload x --will-qos 1", url: "mqtt://localhost:1883", want: func(o *client.Options) {
			o.Will = &mqtt.Message{Topic: "w", Payload: []byte("x"), QoS: 1}
		}},
	}
	for _, tt := range tests {
		o, err := pubConn(t, strings.Fields(tt.args)...)
		if err != nil {
			t.Errorf("pub %s: %v", tt.args, err)
			continue
		}
		got, err := o.target(func() int { return 42 })
		if err != nil {
			t.Errorf("pub %s: %v", tt.args, err)
			continue
		}
		want := base
		if tt.want != nil {
			tt.want(&want)
		}
		if got.String() != tt.url || !reflect.DeepEqual(got.Client, want) {
			t.Errorf("pub %s connects to %s with %+v, want %s with %+v", tt.args, got, got.Client, tt.url, want)
		}
	}
}

func TestTargetErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ args, want string }{
		{args: "-L mqtt://h -h x", want: "pub: -L and -h cannot be used together"},
		{args: "-i a -I b", want: "pub: -i and -I cannot be used together"},
		{args: "-L mqtt://h --cafile x", want: "-L mqtt:// is without TLS, but a TLS flag is given"},
		{args: "--unix /x --cafile x", want: "TLS flags do not go with a Unix socket"},
		{args: "--cert x", want: "pub: --cert and --key belong together"},
		{args: "--cafile none.pem", want: "--cafile: open none.pem: "},
		{args: "--cafile target_test.go", want: "--cafile: target_test.go holds no PEM certificate"},
		{args: "--capath testdata", want: "--capath: no file in testdata holds a PEM certificate"},
		{args: "--cert target_test.go --key target_test.go", want: "--cert target_test.go, --key target_test.go: failed to find any PEM data"},
		{args: "--tls-version tlsv1.1", want: `pub: --tls-version "tlsv1.1" is none of tlsv1.2, tlsv1.3`},
		{args: "--proxy http://x", want: "--proxy is not of the form socks5h://"},
		{args: "--ws --ws-header x", want: `--ws-header is not of the form "Name: value"`},
		{args: "--connect-timeout 0", want: "pub: --connect-timeout 0: the time is more than 0"},
		{args: "-S -p 1", want: "pub: -S and -p cannot be used together"},
		{args: "-S -h 127.0.0.1", want: "pub: -S looks up a domain, and 127.0.0.1 is an address"},
		{args: "-S -L mqtt://[::1]", want: "pub: -S looks up a domain, and ::1 is an address"},
		{args: "-S -L broker.example.com", want: `URL "broker.example.com" has no scheme` + "\nhint: write mqtt://broker.example.com"},
		{args: "-S -L ws://h", want: "pub: -S is for mqtt:// and mqtts://, not for ws://"},
		{args: "-S -L mqtt://h:1", want: "pub: -S takes the port from DNS\nhint: leave it out of -L"},
		{args: "-S -h h --proxy socks5h://p", want: "pub: -S and --proxy socks5h:// cannot be used together"},
		{args: "--host=", want: "pub: -h \"\" is no host\nhint: leave it out"},
		{args: "-h=", want: "pub: -h \"=\" is not a host name or address"},
		{args: "-h x:1883", want: "pub: -h \"x:1883\" is not a host name or address\nhint: write -h x -p 1883"},
		{args: "-h mqtt://x", want: "pub: -h \"mqtt://x\" is not a host name or address\nhint: give a URL with -L"},
		{args: "-h /run/x", want: "pub: -h \"/run/x\" is not a host name or address\nhint: the path of a Unix socket goes with --unix"},
		{args: "-h a@b", want: "pub: -h \"a@b\" is not a host name or address"},
		{args: "-h ::x", want: "pub: -h \"::x\" is not a host name or address"},
		{args: "-p 0", want: "pub: -p 0: the path of the Unix socket is missing\nhint: give -h PATH"},
		{args: "-L mqtt://h -p 0", want: "pub: -L and -p cannot be used together"},
		{args: "-h s -p 0 --ws", want: "pub: -p 0 and --ws cannot be used together"},
		{args: "-h s -p 0 --cafile x", want: "TLS flags do not go with a Unix socket"},
		{args: "-p -1", want: "pub: -p -1: a port is a number from 1 to 65535"},
		{args: "--ws-path /x", want: "pub: --ws-path is given, but no WebSocket\nhint: add --ws"},
		{args: "-L mqtt://h --ws-header a:b", want: "pub: --ws-header is given, but no WebSocket"},
		{args: "--insecure", want: "pub: --insecure is given, but the connection is without TLS\nhint: add --tls-use-os-certs"},
		{args: "-L mqtt://h --tls-version tlsv1.3", want: "pub: --tls-version is given, but the connection is without TLS"},
		{args: "--password-file none", want: "--password-file: open none: "},
		{args: "-V 31 -i 123456789012345678901234", want: "MQTT 3.1 allows at most 23 bytes"},
		{args: "-V 311 -P x", want: "-P without -u needs MQTT 5, but -V asks for 3.1.1"},
		{args: "-x 5 -D connect session-expiry-interval 5", want: "say the same thing twice"},
	}
	for _, tt := range tests {
		o, err := pubConn(t, strings.Fields(tt.args)...)
		if err == nil {
			_, err = o.target(os.Getpid)
		}
		if !strings.Contains(errText(err), tt.want) {
			t.Errorf("pub %s = %q, want %q", tt.args, errText(err), tt.want)
		}
	}
}
