package cmd

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
)

// Each listener has its own users, rules and settings.
func TestServePerListener(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acl := write(t, dir, "acl", "user ann\ntopic readwrite of/ann\n")
	file := write(t, dir, "c.toml", fmt.Sprintf(`
[auth]
password_file = '%s'
acl_file = '%s'

[[listeners]]
url = 'mqtt://127.0.0.1:0'

[[listeners]]
url = 'any://127.0.0.1:0'
max_qos = 1
versions = [5]
max_connections = 1
[listeners.auth]
allow_anonymous = true
auto_id_prefix = 'open-'

[[listeners]]
url = 'mqtt://127.0.0.1:0'
use_username_as_client_id = true
[listeners.auth]
password_file = '%[1]s'
allow_empty_client_id = false
`, users(t, "ann", "bob"), acl))
	s := startServe(t, "-c", file, "-v")
	pub := func(i int, topic string, more ...string) []string {
		return slices.Concat([]string{"pub", "-L", s.urls[i], "-t", topic, "-m", "x", "-q", "1"}, more)
	}
	ann, bob := login("ann"), login("bob")
	expect(t, exitRefused, "not authorized", pub(0, "of/ann")...)
	expect(t, exitDone, "", pub(0, "of/ann", ann...)...)
	expect(t, exitRefused, "not authorized", pub(0, "of/ann", bob...)...)
	expect(t, exitDone, "", pub(1, "of/ann")...)
	expect(t, exitDone, "", pub(2, "anything", append(bob, "-i", "x")...)...)
	expect(t, exitRefused, "not authorized", pub(2, "anything", "-i", "x")...)
	expect(t, exitRefused, "does not assign client identifiers", pub(2, "anything", bob...)...)
	if code, _ := (request{url: s.web(1) + "/metrics"}).do(t); code != 200 {
		t.Errorf("GET /metrics where everybody may connect = %d, want 200", code)
	}

	expect(t, exitRefused, "", pub(1, "a", "-V", "311")...)
	expect(t, exitDone, "", pub(0, "of/ann", append(ann, "-V", "311")...)...)
	expect(t, exitRefused, "QoS", "pub", "-L", s.urls[1], "-t", "a", "-m", "x", "-q", "2")
	expect(t, exitDone, "", "pub", "-L", s.urls[2], "-t", "a", "-m", "x", "-q", "2", "-i", "x", "-u", "bob", "-P", "bob-pw")
	s.log.until(t, "client connected", "client=open-")
	startSub(t, "-L", s.urls[2], "-t", "a", "-i", "other", "-u", "bob", "-P", "bob-pw")
	s.log.until(t, "client connected", "client=bob ")

	before := len(s.log.String())
	startSub(t, "-L", s.urls[1], "-t", "a", "-i", "first")
	s.log.untilAfter(t, before, "client connected", "client=first")
	nc, err := net.Dial("tcp", "127.0.0.1:"+s.port(1))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, connectPacket)
	if b, _ := io.ReadAll(nc); strings.HasPrefix(string(b), "\x20\x02\x00\x00") {
		t.Errorf("a second connection of the listener got %q, want none", b)
	}
	s.log.untilAfter(t, before, "connection refused")
	expect(t, exitDone, "", pub(0, "of/ann", ann...)...)
}

// With per_listener_settings mosquitto's files and rules belong to listeners.
func TestServePerListenerSettings(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 2)
	pw := users(t, "ann")
	text := fmt.Sprintf("per_listener_settings true\nlistener %d 127.0.0.1\npassword_file %s\nlistener %d 127.0.0.1\nallow_anonymous true\n", ports[0], pw, ports[1])
	s := startServe(t, "-c", write(t, t.TempDir(), "c.conf", text))
	expect(t, exitRefused, "not authorized", "pub", "-L", s.urls[0], "-t", "a", "-n")
	expect(t, exitDone, "", append([]string{"pub", "-L", s.urls[0], "-t", "a", "-n"}, login("ann")...)...)
	expect(t, exitDone, "", "pub", "-L", s.urls[1], "-t", "a", "-n")
}
