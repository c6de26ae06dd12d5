package cmd

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"testing"

	"mqt/internal/peertest"
)

// badBroker accepts connections on a port of its own. It answers the first
// packets with what answers says, one after the other, and closes when a packet
// of the given type comes; 0 is none.
func badBroker(t *testing.T, closeAt byte, answers ...string) (port string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { // ends with the client
				defer nc.Close()
				for left := answers; ; {
					var head [2]byte // no packet here is longer than 127 bytes
					if _, err := io.ReadFull(nc, head[:]); err != nil || head[0]>>4 == closeAt {
						return
					}
					if _, err := io.CopyN(io.Discard, nc, int64(head[1])); err != nil {
						return
					}
					if len(left) == 0 {
						continue
					}
					if _, err := io.WriteString(nc, left[0]); err != nil {
						return
					}
					left = left[1:]
				}
			}()
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-ended })
	return fmt.Sprint(ln.Addr().(*net.TCPAddr).Port)
}

// TestMosquittoLost: what both programs say about connections that break, and
// answers that do not come.
func TestMosquittoLost(t *testing.T) {
	t.Parallel()
	const connack, v5 = "\x20\x02\x00\x00", "\x20\x03\x00\x00\x00"
	const connect, publish = 1, 3
	for _, test := range []struct {
		answer  string // to CONNECT
		second  string // to the packet after it
		closeAt byte
		words   []string
		want    outcome
	}{
		{connack, "", publish, []string{"mosquitto_pub", "-t", "a", "-m", "b", "-q", "1"}, outcome{7, "", "Error: The connection was lost.\n"}},
		{connack, "", publish, []string{"mosquitto_pub", "-t", "a", "-m", "b", "-q", "2", "--quiet"}, outcome{7, "", ""}},
		{v5, "", publish, []string{"mosquitto_pub", "-V", "5", "-t", "a", "-m", "b", "-q", "1"}, outcome{7, "", "Error: The connection was lost.\n"}},
		{"", "", connect, []string{"mosquitto_pub", "-t", "a", "-m", "b"}, outcome{7, "", "Error: The connection was lost.\n"}},
		{"\x20\x02\x00\x01", "", 0, []string{"mosquitto_pub", "-t", "a", "-m", "b", "--quiet"}, outcome{1, "", ""}},
		{"\x20\x02\x00\x03", "", 0, []string{"mosquitto_sub", "-t", "a"}, outcome{3, "", "Connection error: Connection Refused: broker unavailable.\n"}},
		{v5, "\x90\x04\x00\x01\x00\x00", publish, []string{"mosquitto_rr", "-t", "a", "-e", "b", "-m", "c"}, outcome{7, "", "Error: The connection was lost.\n"}},
		{v5, "\x90\x04\x00\x01\x00\x87", 0, []string{"mosquitto_rr", "-t", "a", "-e", "b", "-m", "c"}, outcome{0, "", "Not authorized\n"}},
		{connack, "\x90\x03\x00\x01\x80", 0, []string{"mosquitto_rr", "-V", "311", "-t", "a", "-e", "b", "-m", "c"}, outcome{0, "", "Unspecified error\n"}},
		{"", "", connect, []string{"mosquitto_rr", "-t", "a", "-e", "b", "-m", "c"}, outcome{7, "", "Error: The connection was lost.\n"}},
		{"\x20\x05\x00\x00\x02\x24\x00", "", 0, []string{"mosquitto_pub", "-V", "5", "-t", "a", "-m", "b", "-q", "1"},
			outcome{0, "", "Error: Message QoS not supported on broker, try a lower QoS.\n"}},
		{"", "", 0, []string{"mosquitto_sub", "-t", "a", "-W", "1"}, outcome{255, "", ""}},
		{"", "", connect, []string{"mosquitto_sub", "-t", "a", "-W", "2"}, outcome{255, "", ""}},
		{"\x20\x03\x00\x86\x00", "", 0, []string{"mosquitto_sub", "-V", "5", "-t", "a"}, outcome{134, "", "Connection error: Bad User Name or Password\n"}},
		{"\x20\x03\x00\x85\x00", "", 0, []string{"mosquitto_sub", "-V", "5", "-t", "a", "-q", "1"}, outcome{133, "", "Connection error: Client Identifier not valid\n"}},
		{v5, "\x40\x03\x00\x01\x90", 0, []string{"mosquitto_pub", "-V", "5", "-t", "a", "-m", "b", "-q", "1"}, outcome{0, "", "Warning: Publish 1 failed: Topic Name invalid.\n"}},
	} {
		t.Run(fmt.Sprint(test.words), func(t *testing.T) {
			t.Parallel()
			words := append(test.words, "-h", "127.0.0.1", "-p", badBroker(t, test.closeAt, test.answer, test.second))
			if got := mosquittoRun(t, t.TempDir(), "", words...); got != test.want {
				t.Errorf("%q: %+v, want %+v", words, got, test.want)
			}
			var stdout, stderr bytes.Buffer
			c := exec.CommandContext(t.Context(), peertest.Program(t, words[0]), words[1:]...)
			c.Env = []string{"XDG_CONFIG_HOME=" + t.TempDir()}
			c.Stdout, c.Stderr = &stdout, &stderr
			_ = c.Run() // its exit code is compared
			if got := (outcome{c.ProcessState.ExitCode(), stdout.String(), stderr.String()}); got != test.want {
				t.Errorf("%q: mosquitto %+v, want %+v", words, got, test.want)
			}
		})
	}
}
