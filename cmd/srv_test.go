package cmd

import (
	"bytes"
	"net"
	"net/netip"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"mqt/internal/dnstest"
)

// srvRecord returns one record for the port.
func srvRecord(t *testing.T, target, port string) []net.SRV {
	t.Helper()
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return []net.SRV{{Target: target, Port: uint16(n)}}
}

// resolved runs mqt with names of its own, and variables.
func resolved(t *testing.T, r *net.Resolver, variables map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	env := testEnv(args...)
	env.Resolver = r
	env.Getenv = func(name string) string { return variables[name] }
	var out, errs bytes.Buffer
	env.Stdout, env.Stderr = &out, &errs
	code = Main(t.Context(), *env)
	return code, out.String(), errs.String()
}

// With -S every client command goes to the broker that the domain names.
func TestSRVCommands(t *testing.T) {
	t.Parallel()
	_, port, _ := strings.Cut(strings.TrimPrefix(serveURL(t, "--listen", "mqtt://127.0.0.1:0"), "mqtt://"), ":")
	r := dnstest.Resolver(t, dnstest.Zone{
		SRV:  map[string][]net.SRV{"_mqtt._tcp.example.test.": srvRecord(t, "b.example.test.", port)},
		Addr: map[string][]netip.Addr{"b.example.test.": {netip.MustParseAddr("127.0.0.1")}},
	})
	file := filepath.Join(t.TempDir(), "f")
	for _, tt := range []struct {
		variables map[string]string
		args      string
		want      string
	}{
		{nil, "pub -S -h example.test -t a -m x -r -q 1", ""},
		{nil, "pub --srv -L mqtt://example.test/b -m y -r -q 1", ""},
		{map[string]string{"MQT_SRV": "true", "MQT_HOST": "example.test"}, "sub -t a -C 1", "x\n"},
		{nil, "rr -S -h example.test -t c -e c -m z -V 311", "z\n"},
		{nil, "retained get -S -h example.test b", "y"},
		{nil, "retained export -S -h example.test " + file, ""},
		{nil, "retained import -S -h example.test " + file, ""},
	} {
		code, stdout, stderr := resolved(t, r, tt.variables, strings.Fields(tt.args)...)
		if code != exitDone || stdout != tt.want {
			t.Errorf("mqt %s = %d, %q, %q, want %q", tt.args, code, stdout, stderr, tt.want)
		}
	}
}

// -d tells which broker of the domain it is.
func TestSRVDebug(t *testing.T) {
	t.Parallel()
	at := strings.TrimPrefix(serveURL(t, "--listen", "mqtt://127.0.0.1:0"), "mqtt://")
	_, port, _ := strings.Cut(at, ":")
	r := dnstest.Resolver(t, dnstest.Zone{
		SRV:  map[string][]net.SRV{"_mqtt._tcp.example.test.": srvRecord(t, "b.example.test.", port)},
		Addr: map[string][]netip.Addr{"b.example.test.": {netip.MustParseAddr("127.0.0.1")}},
	})
	code, _, stderr := resolved(t, r, nil, "pub", "-S", "-h", "example.test", "-t", "a", "-m", "x", "-d")
	if want := "mqt: mqtt://example.test is at " + at + "\n"; code != exitDone || !strings.Contains(stderr, want) {
		t.Errorf("pub -S -d = %d, %q, want %q", code, stderr, want)
	}
}

func TestSRVHints(t *testing.T) {
	t.Parallel()
	r := dnstest.Resolver(t, dnstest.Zone{
		SRV: map[string][]net.SRV{
			"_mqtt._tcp.dead.test.": srvRecord(t, "b.dead.test.", "1"),
			"_mqtt._tcp.none.test.": {{Target: "."}},
		},
		Addr: map[string][]netip.Addr{"b.dead.test.": {netip.MustParseAddr("127.0.0.1")}},
	})
	const leave = "mqt: hint: leave -S out to connect to the host itself, or check its name in -h or -L\n"
	for _, tt := range []struct{ args, want string }{
		{"-S -h x.test", "mqt: connect mqtt://x.test: no SRV record \"_mqtt._tcp.x.test\"\n" + leave},
		{"-S -h none.test", "mqt: connect mqtt://none.test: the domain says that it has no broker\n" + leave},
		{"-S -h dead.test", "mqt: connect mqtt://dead.test: b.dead.test:1: connection refused\nmqt: hint: start a broker with \"mqt serve\"\n"},
		{"-h 127.0.0.1 -p 1 -A eth0", "mqt: connect mqtt://127.0.0.1:1: no such host \"eth0\"\n" +
			"mqt: hint: -A takes an address of this machine, or a name of one\n"},
		{"-h 127.0.0.1 -p 1 -A 127.0.0.1:x", "mqt: connect mqtt://127.0.0.1:1: local address \"127.0.0.1:x\": port x is not a number from 0 to 65535\n" +
			"mqt: hint: -A takes an address of this machine, or a name of one\n"},
		{"-h 127.0.0.1 -p 1 -A ::1", "mqt: connect mqtt://127.0.0.1:1: address [::1]:0: no suitable address found\n" +
			"mqt: hint: -A ::1 is no address of this machine that reaches the broker\n"},
	} {
		code, _, stderr := resolved(t, r, nil, append(strings.Fields("pub -t a -m x"), strings.Fields(tt.args)...)...)
		if code != exitFailed || stderr != tt.want {
			t.Errorf("pub %s = %d, %q, want %q", tt.args, code, stderr, tt.want)
		}
	}
}

// -A takes a name of this machine, too; so does mosquitto_pub's.
func TestBindName(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	if code, _, stderr := mqtRun(t, "pub", "-L", url, "-A", "localhost", "-t", "a", "-m", "x", "-q", "1"); code != exitDone {
		t.Errorf("pub -A localhost = %d, %q", code, stderr)
	}
	host, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "mqtt://"))
	words := []string{"mosquitto_pub", "-h", host, "-p", port, "-t", "a", "-m", "x", "-q", "1", "-A"}
	for bind, want := range map[string]outcome{
		"localhost":   {},
		"127.0.0.1:0": {code: 1, stderr: "Unable to connect (Lookup error.).\n"},
	} {
		if got := mosquittoRun(t, t.TempDir(), "", append(words, bind)...); got != want {
			t.Errorf("mosquitto_pub -A %s: %+v, want %+v", bind, got, want)
		}
	}
}

// With -p 0, -h is the path of a socket, also one that does not begin with a
// slash.
func TestPortZero(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("sockets in the file system have other paths")
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	serveURL(t, "--listen", "unix://"+socket, "--listen", "mqtt://127.0.0.1:0")
	if code, _, stderr := mqtRun(t, "pub", "-h", socket, "-p", "0", "-t", "a", "-m", "x", "-q", "1"); code != exitDone {
		t.Errorf("pub -h %s -p 0 = %d, %q", socket, code, stderr)
	}
	code, _, stderr := mqtRun(t, "pub", "-h", "none.sock", "-p", "0", "-t", "a", "-m", "x")
	if want := "/cmd/none.sock: no such file or directory\nmqt: hint: start a broker"; code != exitFailed || !strings.Contains(stderr, want) {
		t.Errorf("pub -h none.sock -p 0 = %d, %q, want 1 and %q", code, stderr, want)
	}
}
