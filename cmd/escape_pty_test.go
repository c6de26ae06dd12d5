//go:build unix

package cmd

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// hostile sets the title, clears the screen in three ways, rings, goes back
// over what was written and turns text around. All of it is valid UTF-8.
const hostile = "pwned\x1b]0;title\x07\x1b[2J\u009b2J\x1bc\b\b\r\u202e"

// style is what our own colours look like; nothing else may steer a terminal,
// but for the line ends it makes of ours.
var style = regexp.MustCompile(`\x1b\[[0-9;]*m|\r\n`)

// onTerminal runs mqt on a terminal and returns all that it was sent.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Skip(err)
	}
	defer ptmx.Close()
	if err := pty.Setsize(ptmx, &pty.Winsize{Rows: 50, Cols: 500}); err != nil {
		t.Fatal(err)
	}
	var screen bytes.Buffer
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		_, _ = io.Copy(&screen, ptmx) // ends with an error when the other side is closed
	}()
	env := SystemEnv(tty, tty, tty)
	env.Args = args
	Main(t.Context(), env)
	tty.Close()
	<-shown
	return screen.String()
}

func harmless(t *testing.T, screen string, args ...string) {
	t.Helper()
	screen = strings.ReplaceAll(screen, "\r\x1b[K", "") // of the meter, when the work takes long
	for _, r := range style.ReplaceAllString(screen, "") {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == '\u202e' {
			t.Errorf("mqt %s: the terminal gets %q in %q", strings.Join(args, " "), r, screen)
			return
		}
	}
}

// TestTerminalIsNotSteered shows a message that is hostile in every part, in
// every format for people.
func TestTerminalIsNotSteered(t *testing.T) {
	t.Parallel()
	url := hostileBroker(t)
	tests := [][]string{
		{"retained", "list"}, {"retained", "tree"}, {"retained", "list", "-o", "table"}, {"retained", "list", "-o", "csv"},
		{"retained", "list", "-o", "json"}, {"retained", "list", "-o", "ndjson"}, {"retained", "clear", "--dry-run", "#"},
	}
	for _, format := range [][]string{nil, {"-v"}, {"-d", "-v"}, {"-o", "text"}, {"-o", "text", "-v"}, {"-o", "pretty", "-v"}, {"-o", "json"}, {"-o", "json", "--pretty"},
		{"-o", "ndjson"}, {"-o", "hex", "-v"}, {"-F", "%t %p %P %C %R %D %S"}, {"-F", "%j"}, {"-F", "%J"}, {"-F", "%40t|%-40p|"}, {"-F", "%{a}"}, {"--select", "a"}} {
		tests = append(tests, append([]string{"sub", "-t", "#", "-C", "2"}, format...))
	}
	for _, args := range tests {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			screen := onTerminal(t, append(args, "-L", url)...)
			harmless(t, screen, args...)
			if !strings.Contains(screen, "pwned") && !strings.Contains(screen, "70776e6564") {
				t.Errorf("mqt %s shows no message: %q", strings.Join(args, " "), screen)
			}
		})
	}
}

// What a store holds came from the network, too.
func TestStoreDoesNotSteer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	logged(t, func(url string) {
		if code, _, errs := mqtRun(t, "pub", "-L", url, "-t", hostile, "-m", hostile, "-r", "-q", "1"); code != exitDone {
			t.Errorf("pub = %d, %s", code, errs)
		}
	}, "--data", dir)
	for _, command := range []string{"dump", "export"} {
		screen := onTerminal(t, "store", command, dir)
		harmless(t, screen, "store", command)
		if !strings.Contains(screen, "pwned") {
			t.Errorf("store %s shows nothing of the message: %q", command, screen)
		}
	}
}

// TestErrorsDoNotSteer has a broker that puts such text into every reason.
func TestErrorsDoNotSteer(t *testing.T) {
	t.Parallel()
	why := mqtt.Properties{{ID: mqtt.PropReasonString, Value: hostile}}
	refuse := answering(t, func(p wire.Packet) []wire.Packet {
		return []wire.Packet{&wire.Connack{Code: mqtt.Banned, Props: why}}
	})
	later := answering(t, func(p wire.Packet) []wire.Packet {
		switch p := p.(type) {
		case *wire.Connect:
			return []wire.Packet{&wire.Connack{}}
		case *wire.Subscribe:
			return []wire.Packet{&wire.Disconnect{Code: mqtt.NotAuthorized, Props: why}}
		case *wire.Publish:
			return []wire.Packet{&wire.Ack{Type: wire.PUBACK, PacketID: p.PacketID, Code: mqtt.NotAuthorized, Props: why}}
		}
		return nil
	})
	for _, url := range []string{refuse, later} {
		for _, args := range [][]string{{"pub", "-t", "a", "-m", "x", "-q", "1"}, {"sub", "-t", "a"}, {"retained", "list"}} {
			screen := onTerminal(t, append(args, "-L", url, "-d", "-V", "5")...)
			harmless(t, screen, args...)
			if !strings.Contains(screen, "pwned") {
				t.Errorf("mqt %s does not tell the reason: %q", strings.Join(args, " "), screen)
			}
		}
	}
	for _, args := range [][]string{{"pub", "-t", hostile + "#", "-m", "x"}, {"sub", "-t", hostile + "#"}, {hostile}, {"pub", "--" + hostile},
		{"sub", "-t", "a", "-F", "%" + hostile}, {"pub", "-L", hostile}, {"pub", "-L", "mqtt://" + hostile}, {"pub", "-t", "a", "-f", hostile}} {
		harmless(t, onTerminal(t, args...), args...)
	}
}

// hostileBroker sends everybody who subscribes messages of that kind.
func hostileBroker(t *testing.T) string {
	t.Helper()
	props, err := wire.AppendProperties(nil, mqtt.Properties{{ID: mqtt.PropContentType, Value: hostile}, {ID: mqtt.PropResponseTopic, Value: hostile},
		{ID: mqtt.PropCorrelationData, Value: hostile}, {ID: mqtt.PropUser, Key: hostile, Value: hostile}})
	if err != nil {
		t.Fatal(err)
	}
	return answering(t, func(p wire.Packet) []wire.Packet {
		switch p := p.(type) {
		case *wire.Connect:
			return []wire.Packet{&wire.Connack{}}
		case *wire.Subscribe:
			codes := make([]mqtt.ReasonCode, len(p.Filters))
			plain := &wire.Publish{Topic: []byte("t/" + hostile), Payload: []byte(hostile), Retain: true, Props: props}
			object := &wire.Publish{Topic: []byte("u/" + hostile + "/v"), Retain: true, Props: props,
				Payload: []byte(`{"a":"pwned\u001b[2J\u009b2J\b\u202e","` + "\u202e\u009b" + `":1}`)}
			return []wire.Packet{plain, object, &wire.Suback{PacketID: p.PacketID, Codes: codes}, plain, object}
		case *wire.Pingreq:
			return []wire.Packet{&wire.Pingresp{}}
		case *wire.Unsubscribe:
			return []wire.Packet{&wire.Unsuback{PacketID: p.PacketID, Codes: make([]mqtt.ReasonCode, len(p.Filters))}}
		case *wire.Publish:
			if p.QoS == mqtt.AtLeastOnce {
				return []wire.Packet{&wire.Ack{Type: wire.PUBACK, PacketID: p.PacketID}}
			}
		}
		return nil
	})
}

// answering is a broker that speaks MQTT 5 and answers each packet with what
// the function says. It returns the broker's URL.
func answering(t *testing.T, answer func(wire.Packet) []wire.Packet) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go converse(nc, answer)
		}
	}()
	return "mqtt://" + ln.Addr().String()
}

func converse(nc net.Conn, answer func(wire.Packet) []wire.Packet) {
	defer nc.Close()
	for rd := (wire.Reader{R: nc}); ; {
		h, body, err := rd.Next()
		if err != nil {
			return
		}
		p := wire.New(h.Type)
		if p == nil || h.Type == wire.DISCONNECT || p.Decode(mqtt.V5, h.Flags, body) != nil {
			return
		}
		var b []byte
		for _, reply := range answer(p) {
			if b, err = reply.Append(b, mqtt.V5); err != nil {
				return
			}
		}
		if _, err := nc.Write(b); err != nil {
			return
		}
	}
}
