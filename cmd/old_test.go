package cmd

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
)

// oldBroker answers MQTT 3.1.1 only: it refuses level 5 as the standard asks,
// and accepts level 4. It sends the CONNECT packets it gets to the channel.
func oldBroker(t *testing.T, code byte) (addr string, connects chan []byte) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	connects = make(chan []byte, 10)
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go answerOld(nc, code, connects)
		}
	}()
	return ln.Addr().String(), connects
}

func answerOld(nc net.Conn, code byte, connects chan<- []byte) {
	defer nc.Close()
	header := make([]byte, 2)
	if _, err := io.ReadFull(nc, header); err != nil {
		return
	}
	body := make([]byte, header[1])
	if _, err := io.ReadFull(nc, body); err != nil {
		return
	}
	connects <- body
	if body[6] != 4 {
		nc.Write([]byte{0x20, 2, 0, 1})
		return
	}
	nc.Write([]byte{0x20, 2, 0, code})
	io.Copy(io.Discard, nc)
}

// -c continues a session in MQTT 3.1.1 too, although what it means in MQTT 5
// needs a property.
func TestSessionWithOldBroker(t *testing.T) {
	t.Parallel()
	addr, connects := oldBroker(t, 0)
	if code, _, stderr := mqtRun(t, "pub", "-L", "mqtt://"+addr, "-t", "a", "-m", "x", "-c", "-i", "me"); code != 0 {
		t.Fatalf("pub = %d, %s", code, stderr)
	}
	var last []byte
	for len(connects) > 0 {
		last = <-connects
	}
	want := []byte("\x00\x04MQTT\x04\x00\x00\x3c\x00\x02me") // level 4, no clean session
	if !bytes.Equal(last, want) {
		t.Errorf("CONNECT = %q, want %q", last, want)
	}
}

func TestRefusedByOldBroker(t *testing.T) {
	t.Parallel()
	addr, _ := oldBroker(t, 5)
	url := "mqtt://" + addr
	tests := []struct {
		args []string
		want string
	}{
		{args: []string{"-u", "al\x1bice", "-P", "x"}, want: "mqt: connect " + url + ": not authorized (user \"al\\x1bice\")\n" +
			"mqt: hint: check the name and the password\n"},
		{args: nil, want: "mqt: connect " + url + ": not authorized (no user name was sent)\n" +
			"mqt: hint: give -u NAME and --password-file FILE\n"},
		{args: []string{"-x", "5"}, want: "mqt: connect " + url + ": unsupported protocol version\n" +
			"mqt: hint: -x needs MQTT 5, which this broker does not speak\n"},
	}
	for _, tt := range tests {
		code, _, stderr := mqtRun(t, append([]string{"pub", "-L", url, "-t", "a", "-m", "x"}, tt.args...)...)
		if code != exitRefused || stderr != tt.want {
			t.Errorf("pub %q = %d, %q, want 3, %q", tt.args, code, stderr, tt.want)
		}
	}
}

// A broker that accepts and then says nothing is given up.
func TestSilentBroker(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	url := "mqtt://" + ln.Addr().String()
	code, _, stderr := mqtRun(t, "pub", "-L", url, "-t", "a", "-n", "--connect-timeout", "100ms")
	if want := "mqt: connect " + url + ": no answer to CONNECT within 100ms\nmqt: hint: is it the right host"; code != exitFailed || !strings.HasPrefix(stderr, want) {
		t.Errorf("pub = %d, %q, want 1, %q", code, stderr, want)
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{in: "plain text, ünïcode ✓", want: "plain text, ünïcode ✓"},
		{in: "\x1b[31mred\x07", want: `\x1b[31mred\a`},
		{in: "a\nb\tc", want: `a\nb\tc`},
		{in: "\u202eabc", want: `\u202eabc`},
		{in: "\u009b1m", want: `\u009b1m`},
		{in: "bad \xff byte", want: `bad \xff byte`},
	}
	for _, tt := range tests {
		if got := escape(tt.in); got != tt.want {
			t.Errorf("escape(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		n    int
		want string
	}{
		{in: "short", n: 10, want: "short"},
		{in: "0123456789", n: 10, want: "0123456789"},
		{in: "0123456789a", n: 10, want: "012345678…"},
		{in: strings.Repeat("ü", 50), n: 10, want: strings.Repeat("ü", 9) + "…"},
		{in: "\xff\x00\x01", n: 10, want: "0xff0001"},
		{in: "a\nb", n: 10, want: `a\nb`},
		{in: "", n: 10, want: ""},
	}
	for _, tt := range tests {
		if got := preview([]byte(tt.in), tt.n); got != tt.want {
			t.Errorf("preview(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
