package conf

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"mqt/internal/peertest"
)

// socket is where the listeners of these tests would be: the directory does
// not exist, so mosquitto reads the whole file and then ends by itself.
const socket = "/nonexistent/directory/socket"

// verdict is what a broker says about a configuration file.
type verdict struct {
	accepted bool
	line     int // of the error, 0 when it names none
}

var errLine = regexp.MustCompile(`Error found at [^:\n]*:(\d+)`)

// ask returns mosquitto's verdict about a file.
func ask(t *testing.T, program, path string) verdict {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "-c", path)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		t.Fatalf("mosquitto -c: %v\n%s", err, out.String())
	}
	v := verdict{accepted: strings.Contains(out.String(), socket) || strings.Contains(out.String(), "binding unix socket")}
	if m := errLine.FindStringSubmatch(out.String()); m != nil {
		v.line, _ = strconv.Atoi(m[1])
	}
	return v
}

// TestSideBySide gives the same files to mosquitto and to us: both take them,
// or both refuse the same line. Only what mosquitto 2.0 and 2.1 agree on, and
// what does not depend on files, is here.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	program := peertest.Program(t, "mosquitto")
	lines := []string{
		"", "# comment", "   ", "  allow_anonymous true", "  # comment", "\tallow_anonymous true", "lisener 1883",
		"allow_anonymous true", "allow_anonymous  true # why", "allow_anonymous 1", "allow_anonymous yes", "allow_anonymous", "allow_anonymous TRUE",
		"max_packet_size 20", "max_packet_size 19", "max_packet_size", "max_keepalive 10", "max_keepalive 65536", "max_keepalive -1",
		"max_qos 2", "max_qos 3", "max_qos -1", "max_topic_alias 0", "max_topic_alias 65536", "max_inflight_messages 70000", "max_inflight_messages 0",
		"max_queued_messages -1", "max_queued_bytes 0", "message_size_limit 268435456", "message_size_limit 1000", "memory_limit -1",
		"sys_interval 0", "sys_interval 65536", "queue_qos0_messages true", "queue_qos0_messages 2", "retain_available false",
		"persistent_client_expiration 14d", "persistent_client_expiration 14", "persistent_client_expiration 1y", "persistent_client_expiration 0m",
		"persistence false", "persistence maybe", "persistence_location /tmp\npersistence_location /tmp", "autosave_interval 5",
		"auto_id_prefix " + strings.Repeat("x", 50), "clientid_prefixes a", "auto_id_prefix",
		"log_dest stderr", "log_dest tape", "log_dest", "log_type error", "log_type loud", "connection_messages false", "connection_messages no", "log_timestamp false",
		"set_tcp_nodelay true", "upgrade_outgoing_qos true", "use_username_as_clientid true", "max_connections -1", "max_connections 10",
		"per_listener_settings true", "per_listener_settings x", "protocol mqtt", "protocol gopher", "socket_domain ipv4", "socket_domain ipv5",
		"listener 65536", "listener 0", "listener", "port 65536", "port 0", "listener 0 " + socket + "2",
		"require_certificate false", "use_identity_as_username maybe", "allow_zero_length_clientid false", "allow_duplicate_messages true",
		"connection", "address h", "topic # in", "cleansession true", "include_dir /nonexistent/conf.d", "include_dir",
	}
	for _, line := range []string{
		"topic # in 1 a/ b/", "topic # up", "topic # in 3", "topic a/+/b", `topic "" in 0 a b`, `topic "" in 0 a`, `topic # in 0 "" x`, `topic # in 0 "" x/`, "topic # in 1 a b/",
		"topic # OUT", "topic", "topic # in 0 a+ b", "start_type once", "start_type manual", "start_type x", "cleansession x", "notifications false",
		"restart_timeout 20", "restart_timeout 10 30", "restart_timeout 30 10", "restart_timeout", "keepalive_interval 65536", "keepalive_interval 1",
		"bridge_protocol_version mqttv50", "bridge_protocol_version 5", "remote_password a b", "remote_password a\nremote_password b", "round_robin true",
		"try_private x", "threshold 0", "idle_timeout 0", "bridge_attempt_unsubscribe true", "bridge_max_packet_size -1", "bridge_outgoing_retain 1", "connection peer",
	} {
		lines = append(lines, "connection peer\naddress 127.0.0.1:1\ntopic plain\n"+line)
	}
	dir := t.TempDir()
	for i, line := range lines {
		path := filepath.Join(dir, strconv.Itoa(i)+".conf")
		text := "listener 0 " + socket + "\n" + line + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got := verdict{accepted: true}
		_, _, err := Load(path)
		if e := new(Error); errors.As(err, &e) {
			got = verdict{line: e.Line}
		} else if err != nil {
			t.Errorf("Load(%q) = %v", text, err)
		}
		if want := ask(t, program, path); got != want {
			t.Errorf("%q: verdict is %+v (%v), mosquitto's is %+v", line, got, err, want)
		}
	}
}
