package cmd

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// freePorts returns ports that nobody used a moment ago.
func freePorts(t *testing.T, n int) []any {
	t.Helper()
	var ports []any
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// everyKey is a mosquitto.conf with the keys that people bring along, but for
// ports and files.
const everyKey = `# of the broker
per_listener_settings false
allow_anonymous true
password_file DIR/users
acl_file DIR/acl
persistence true
persistence_location DIR/state
persistent_client_expiration 14d
max_packet_size 65536
message_size_limit 60000
max_inflight_messages 10
max_queued_messages 500
max_queued_bytes 1000000
queue_qos0_messages true
max_keepalive 300
retain_available true
upgrade_outgoing_qos true
allow_zero_length_clientid true
auto_id_prefix auto-
set_tcp_nodelay true
sys_interval 1
log_dest stderr
log_dest file DIR/log
log_type all
connection_messages true

listener %d 127.0.0.1
protocol mqtt
max_connections 10
max_qos 1
max_topic_alias 5
accept_protocol_versions 3, 4, 5

listener %d 127.0.0.1
cafile DIR/ca.pem
capath DIR
certfile DIR/server.pem
keyfile DIR/server.key
crlfile DIR/crl.pem
require_certificate true
use_identity_as_username true
use_subject_as_username false
tls_version tlsv1.2
ciphers ECDHE-ECDSA-AES128-GCM-SHA256
use_username_as_clientid true

listener %d 127.0.0.1
protocol websockets
websockets_origin https://example.com

listener %d 127.0.0.1
protocol http_api
http_dir DIR

listener %d 127.0.0.1
enable_proxy_protocol 2

listener 0 DIR/s

connection north
address 127.0.0.1:1
topic sensors/# both 1 local/ remote/
remote_username nora
remote_password bridge-secret
remote_clientid north-1
cleansession true
start_type lazy
restart_timeout 10 30
notifications false
bridge_insecure false
bridge_cafile DIR/ca.pem
`

// A file with every key that people bring along starts; what is not supported
// is named, and nothing else is said.
func TestServeEveryKey(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, "authority")
	a.issue("server", "server")
	a.revoke()
	write(t, a.dir, "acl", "topic readwrite #\nuser ann\ntopic readwrite #\ntopic read $CONTROL/mqt/v1\n")
	if err := os.Rename(users(t, "ann"), filepath.Join(a.dir, "users")); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(fmt.Sprintf(everyKey, freePorts(t, 5)...), "DIR", a.dir)
	file := write(t, a.dir, "mosquitto.conf", text)
	s := startServe(t, "-c", file)
	if len(s.urls) != 6 {
		t.Fatalf("urls = %q, want 6", s.urls)
	}
	for line := range strings.Lines(s.log.String()) {
		if strings.HasPrefix(line, "mqt: ") && !strings.Contains(line, "is not supported: ") {
			t.Errorf("serve says %q", line)
		}
	}
	for _, key := range []string{"bridges (north)", "ca_path"} {
		if !strings.Contains(s.log.String(), key+" is not supported: ") {
			t.Errorf("%s is not named as not supported:\n%s", key, s.log)
		}
	}
	tlsWay := slices.Concat([]string{"-L", s.urls[1], "--cafile", a.file}, a.client("ann"))
	roundTrip(t, append([]string{"-L", s.urls[0]}, login("ann")...), tlsWay)
	roundTrip(t, tlsWay, []string{"-L", s.urls[2] + "/mqtt"})
	roundTrip(t, []string{"--unix", filepath.Join(a.dir, "s")}, []string{"-L", s.urls[0]})
	if code, body := (request{url: s.urls[3] + "/api/v1/config", user: "ann"}).do(t); code != 200 || strings.Contains(body, "bridge-secret") || !strings.Contains(body, "nora") {
		t.Errorf("GET /api/v1/config = %d, %s", code, body)
	}
	if log, err := os.ReadFile(filepath.Join(a.dir, "log")); err != nil || !strings.Contains(string(log), "client connected") {
		t.Errorf("the log file has %q, %v", log, err)
	}
	expect(t, exitFailed, "hint: ", "serve", "-c", file, "--strict", "--check-config")
	expect(t, exitDone, "the configuration is good", "serve", "-c", file, "--check-config")
}

// What --print-config prints gives the same again, with no secret in it.
func TestServePrintConfig(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	every := write(t, dir, "every.conf", strings.ReplaceAll(fmt.Sprintf(everyKey, freePorts(t, 5)...), "DIR", dir))
	for _, tt := range []struct {
		name   string
		args   []string
		secret bool // which has to be written again
	}{
		{name: "nothing"},
		{name: "flags", args: []string{"--listen", "any://127.0.0.1:0", "--listen", "unix:///tmp/s", "--allow-anonymous", "--max-memory", "1G", "--data", "d", "--sync", "interval=5ms",
			"--ws-path", "/x", "--ws-origin", "a", "--http-dir", "h", "--log-format", "json", "--log-file", "l", "-v", "--sys-interval", "-1"}},
		{name: "file", args: []string{"-c", every}, secret: true},
		{name: "file and flags", args: []string{"-c", every, "--log-level", "error", "--max-connections", "7"}, secret: true},
		{name: "auth url", args: []string{"--auth-url", "http://mqt:bridge-secret@127.0.0.1:1/x"}, secret: true},
	} {
		code, first, stderr := mqtRun(t, append([]string{"serve", "--print-config"}, tt.args...)...)
		if code != exitDone || strings.Contains(first+stderr, "bridge-secret") {
			t.Fatalf("%s: print-config = %d, %s, %s", tt.name, code, first, stderr)
		}
		printed := write(t, dir, "printed.toml", first)
		if tt.secret {
			expect(t, exitFailed, "left out", "serve", "-c", printed, "--check-config")
			text := strings.NewReplacer("(redacted)", "bridge-secret", "%28redacted%29", "bridge-secret").Replace(first)
			printed = write(t, dir, "printed.toml", text)
		}
		if code, second, stderr := mqtRun(t, "serve", "--print-config", "-c", printed); code != exitDone || second != first {
			t.Errorf("%s: printed again = %d, %s\n%s\nwant\n%s", tt.name, code, stderr, second, first)
		}
	}
}

// Flags win over the file, key by key; --listen replaces the file's listeners.
func TestServeFlagsWin(t *testing.T) {
	t.Parallel()
	file := write(t, t.TempDir(), "c", "listener 1 192.0.2.1\nmax_connections 3\nallow_anonymous true\nmax_keepalive 5\nlog_type error\n")
	code, out, stderr := mqtRun(t, "serve", "-c", file, "--print-config", "--listen", "mqtt://127.0.0.1:7", "--max-keep-alive", "9", "--allow-anonymous=false", "-v")
	for _, want := range []string{"url = 'mqtt://127.0.0.1:7'", "max_keep_alive = 9", "allow_anonymous = false", "level = 'info'"} {
		if code != exitDone || !strings.Contains(out, want) || strings.Contains(out, "192.0.2.1") {
			t.Errorf("print-config = %d, %s, %s, want %s in it", code, out, stderr, want)
		}
	}
}

// Who may connect depends on whether the file has a listener, as in mosquitto.
func TestServeConfiguredAnonymous(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	port := freePorts(t, 1)[0]
	for _, tt := range []struct {
		text string
		code int
	}{
		{fmt.Sprintf("listener %d 127.0.0.1\n", port), exitRefused},
		{fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\n", port), exitDone},
		{fmt.Sprintf("[[listeners]]\nurl = 'mqtt://127.0.0.1:%d'\n", port), exitRefused},
		{fmt.Sprintf("[auth]\nallow_anonymous = true\n[[listeners]]\nurl = 'mqtt://127.0.0.1:%d'\n", port), exitDone},
	} {
		s := startServe(t, "-c", write(t, dir, "c", tt.text))
		if code, _, stderr := mqtRun(t, "pub", "-L", s.urls[0], "-t", "a", "-n"); code != tt.code {
			t.Errorf("%q: pub = %d, %s, want %d", tt.text, code, stderr, tt.code)
		}
		s.stop(t)
	}
	_, out, _ := mqtRun(t, "serve", "--print-config", "-c", write(t, dir, "c", "max_keepalive 5\n"))
	if !strings.Contains(out, "any://127.0.0.1:1883") || !strings.Contains(out, "allow_anonymous = true") {
		t.Errorf("a file without listener gives\n%s", out)
	}
}

// Debian's file, with its paths moved, starts.
func TestServeDebian(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, err := os.ReadFile("../internal/compat/conf/testdata/debian.conf")
	if err != nil {
		t.Fatal(err)
	}
	conf := strings.NewReplacer("/run/mosquitto/", dir+"/", "/var/lib/mosquitto", dir+"/state", "/var/log/mosquitto/", dir+"/", "testdata/empty.d", dir+"/conf.d").Replace(string(text))
	for _, sub := range []string{"conf.d", "state"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "conf.d"), "local.conf", fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\n", freePorts(t, 1)...))
	s := startServe(t, "-c", write(t, dir, "mosquitto.conf", conf), "--strict")
	roundTrip(t, []string{"-L", s.urls[0]}, []string{"-L", s.urls[0]})
	if _, err := os.Stat(filepath.Join(dir, "mosquitto.pid")); err != nil {
		t.Error(err)
	}
	s.stop(t)
	if _, err := os.Stat(filepath.Join(dir, "mosquitto.pid")); err == nil {
		t.Error("the file with the process number is still there")
	}
}

// Mistakes in files are named by file and line.
func TestServeConfigMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct{ name, text, want string }{
		{"unknown.conf", "listener 1\nlisenter 2\n", "unknown.conf:2: "},
		{"unknown.toml", "[auth]\npasswordfile = 'x'\n", "unknown.toml:2: "},
		{"plugin.conf", "# first\nplugin /x.so\n", "plugin.conf:2: "},
		{"value.conf", "max_keepalive often\n", "value.conf:1: "},
		{"value.toml", "[limits]\nmax_connections = 'x'\n", "value.toml:2: "},
		{"user.toml", "[[listeners]]\nurl = 'mqtt://a:pw-secret@127.0.0.1:1'\n", "user.toml:2: "},
	} {
		file := write(t, dir, tt.name, tt.text)
		code, stdout, stderr := mqtRun(t, "serve", "-c", file, "--check-config")
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, tt.want) || strings.Contains(stderr, "pw-secret") {
			t.Errorf("%s: %d, %q, %q, want %q", tt.name, code, stdout, stderr, tt.want)
		}
	}
	file := write(t, dir, "odd.conf", "retry_interval 5\n")
	code, _, stderr := mqtRun(t, "serve", "-c", file, "--check-config")
	if code != exitDone || !strings.Contains(stderr, "odd.conf:1: retry_interval is not supported: ") {
		t.Errorf("a key without effect: %d, %q", code, stderr)
	}
	expect(t, exitFailed, "odd.conf:1: retry_interval", "serve", "-c", file, "--check-config", "--strict")
}
