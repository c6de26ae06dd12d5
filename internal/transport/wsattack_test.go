package transport

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const upgradeRequest = "GET /mqtt HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"

// Frame types, with and without the bit that ends a message.
const (
	more, end                                  = 0x00, 0x80
	contFrame, textFrame, binFrame             = 0x0, 0x1, 0x2
	closeFrame, pingFrame, pongFrame, rsv1Flag = 0x8, 0x9, 0xa, 0x40
)

// frame returns a masked frame; first is its first byte.
func frame(first byte, payload string) string {
	var b []byte
	switch n := len(payload); {
	case n < 126:
		b = []byte{first, 0x80 | byte(n)}
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16([]byte{first, 0x80 | 126}, uint16(n))
	default:
		b = binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(n))
	}
	key := [4]byte{0xde, 0xad, 0xbe, 0xef}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return string(b)
}

// request sends a raw request and returns the answer.
func request(t *testing.T, nc net.Conn, text string) *http.Response {
	t.Helper()
	if _, err := nc.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(iotest.OneByteReader(nc)), nil) // reads no further than the answer
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	return res
}

// upgraded returns a raw connection after the upgrade, and the server's end.
func upgraded(t *testing.T, o ListenOptions) (raw, server net.Conn) {
	t.Helper()
	ln, u := listen(t, "ws://127.0.0.1:0", o)
	got := accepted(t, ln)
	raw, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	if res := request(t, raw, upgradeRequest); res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status = %s", res.Status)
	}
	return raw, <-got
}

func TestWebSocketBadUpgrade(t *testing.T) {
	t.Parallel()
	edit := func(from, to string) string {
		if !strings.Contains(upgradeRequest, from) {
			t.Fatalf("no %q in the request", from)
		}
		return strings.Replace(upgradeRequest, from, to, 1)
	}
	const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	tests := []struct {
		name, request string
		want          int
	}{
		{"fine", upgradeRequest, http.StatusSwitchingProtocols},
		{"no Upgrade", edit("Upgrade: websocket\r\n", ""), http.StatusUpgradeRequired},
		{"another Upgrade", edit("Upgrade: websocket", "Upgrade: h2c"), http.StatusUpgradeRequired},
		{"no Connection", edit("Connection: Upgrade\r\n", ""), http.StatusUpgradeRequired},
		{"HTTP/1.0", edit("HTTP/1.1", "HTTP/1.0"), http.StatusUpgradeRequired},
		{"POST", edit("GET", "POST"), http.StatusMethodNotAllowed},
		{"old version", edit("Version: 13", "Version: 8"), http.StatusBadRequest},
		{"no key", edit(key, ""), http.StatusBadRequest},
		{"two keys", edit(key, key+key), http.StatusBadRequest},
		{"short key", edit("AAAAAAAAAAAAAAAAAAAAAA==", "AAAA"), http.StatusBadRequest},
		{"key is not base64", edit("AAAAAAAAAAAAAAAAAAAAAA==", "!!!!!!!!!!!!!!!!!!!!!!=="), http.StatusBadRequest},
		{"wrong subprotocol", edit("Protocol: mqtt", "Protocol: mqttv3.1"), http.StatusBadRequest},
		{"no subprotocol", edit("Sec-WebSocket-Protocol: mqtt\r\n", ""), http.StatusBadRequest},
		{"mqtt among others", edit("Protocol: mqtt", "Protocol: mqttv3.1, mqtt"), http.StatusSwitchingProtocols},
		{"foreign origin", edit("Host: h\r\n", "Host: h\r\nOrigin: https://evil.example\r\n"), http.StatusForbidden},
		{"origin null", edit("Host: h\r\n", "Host: h\r\nOrigin: null\r\n"), http.StatusForbidden},
		{"origin with our name in it", edit("Host: h\r\n", "Host: h\r\nOrigin: https://h.evil.example\r\n"), http.StatusForbidden},
		{"own origin", edit("Host: h\r\n", "Host: h\r\nOrigin: http://h\r\n"), http.StatusSwitchingProtocols},
		{"two hosts", edit("Host: h\r\n", "Host: h\r\nHost: i\r\n"), http.StatusBadRequest},
		{"another path", edit("/mqtt", "/mqtt/.."), http.StatusNotFound},
		{"huge header", edit("Host: h\r\n", "Host: h\r\nX: "+strings.Repeat("x", 2*maxHeaderBytes)+"\r\n"), http.StatusRequestHeaderFieldsTooLarge},
		{"no HTTP", "NONSENSE\r\n\r\n", http.StatusBadRequest},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", http.StatusHTTPVersionNotSupported},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ln, u := listen(t, "ws://127.0.0.1:0", ListenOptions{})
			accepted(t, ln)
			nc, err := net.Dial("tcp", u.Host)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nc.Close() }()
			if res := request(t, nc, tt.request); res.StatusCode != tt.want {
				t.Errorf("status = %s, want %d", res.Status, tt.want)
			}
		})
	}
}

func TestWebSocketCompressionIsNotNegotiated(t *testing.T) {
	t.Parallel()
	ln, u := listen(t, "ws://127.0.0.1:0", ListenOptions{})
	got := accepted(t, ln)
	nc, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	res := request(t, nc, strings.Replace(upgradeRequest, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n", 1))
	if ext := res.Header.Get("Sec-WebSocket-Extensions"); res.StatusCode != http.StatusSwitchingProtocols || ext != "" {
		t.Fatalf("status = %s with extensions %q, want none", res.Status, ext)
	}
	server := <-got
	if _, err := nc.Write([]byte(frame(end|rsv1Flag|binFrame, "\x4b\x4c\x04\x00"))); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 8)); err == nil || !strings.Contains(err.Error(), "rsv") {
		t.Errorf("Read of a compressed frame = %v, want an error about its RSV bit", err)
	}
}

func TestWebSocketProtocolErrors(t *testing.T) {
	t.Parallel()
	unmasked := []byte(frame(end|binFrame, "abc"))
	unmasked = append([]byte{unmasked[0], unmasked[1] &^ 0x80}, "abc"...)
	negative := "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	tests := []struct {
		name, send string
		o          ListenOptions
	}{
		{name: "unmasked", send: string(unmasked)},
		{name: "text", send: frame(end|textFrame, "abc")},
		{name: "text in fragments", send: frame(more|textFrame, "a") + frame(end|contFrame, "b")},
		{name: "continuation without a start", send: frame(end|contFrame, "abc")},
		{name: "RSV2", send: frame(end|0x20|binFrame, "abc")},
		{name: "unknown opcode", send: frame(end|0x3, "abc")},
		{name: "unknown control opcode", send: frame(end|0xb, "abc")},
		{name: "fragmented ping", send: frame(more|pingFrame, "abc")},
		{name: "long ping", send: frame(end|pingFrame, strings.Repeat("x", 126))},
		{name: "short close", send: frame(end|closeFrame, "x")},
		{name: "new message inside a message", send: frame(more|binFrame, "") + frame(end|binFrame, "abc")},
		{name: "length over 2^63", send: negative},
		{name: "over the limit", send: frame(end|binFrame, strings.Repeat("x", 2000)), o: ListenOptions{MaxMessage: 1000}},
		{name: "over the limit in fragments", send: frame(more|binFrame, strings.Repeat("x", 800)) + frame(end|contFrame, strings.Repeat("x", 800)),
			o: ListenOptions{MaxMessage: 1000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			raw, server := upgraded(t, tt.o)
			done := make(chan struct{})
			go func() { // hangs up at the server's close frame, if there is one
				defer close(done)
				_, _ = raw.Read(make([]byte, 1))
				_ = raw.Close()
			}()
			if _, err := raw.Write([]byte(tt.send)); err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, server)
			if err == nil {
				t.Error("the frame was taken, or looked like a regular end")
			}
			if n > 1001 { // the byte too many is how the library notices
				t.Errorf("%d bytes got through", n)
			}
			_ = server.Close()
			<-done // the server closes the connection
		})
	}
}

// TestWebSocketLengthBomb: an announced length costs nothing.
func TestWebSocketLengthBomb(t *testing.T) {
	raw, server := upgraded(t, ListenOptions{})
	bomb := []byte{end | binFrame, 0x80 | 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	if _, err := raw.Write(append(bomb, bytes.Repeat([]byte{0x10}, 4096)...)); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b := make([]byte, 4096)
	n, err := io.ReadFull(server, b)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatalf("Read = %d bytes, %v, want those that came", n, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 256<<10 {
		t.Errorf("%d bytes were allocated for %d that came", grown, n)
	}
	_ = server.SetReadDeadline(time.Unix(1, 0)) // the rest of the frame never comes
	if n, err := server.Read(b); err == nil {
		t.Errorf("Read of the rest = %d bytes", n)
	}
}

// TestWebSocketSplits sends two packets cut at every place, in frames,
// fragments and TCP segments. [MQTT-6.0.0-2]
func TestWebSocketSplits(t *testing.T) {
	t.Parallel()
	const packets = "\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00\x30\x05\x00\x03a/bx"
	raw, server := upgraded(t, ListenOptions{})
	done := make(chan struct{})
	go func() { defer close(done); _, _ = io.Copy(io.Discard, raw) }() // pongs
	check := func(name string, writes ...string) {
		t.Helper()
		sent := make(chan error, 1)
		go func() {
			for _, w := range writes {
				if _, err := raw.Write([]byte(w)); err != nil {
					sent <- err
					return
				}
			}
			sent <- nil
		}()
		got := make([]byte, len(packets))
		if _, err := io.ReadFull(server, got); err != nil || string(got) != packets {
			t.Fatalf("%s: read %q, %v", name, got, err)
		}
		if err := <-sent; err != nil {
			t.Fatalf("%s: write: %v", name, err)
		}
	}
	for i := range len(packets) + 1 {
		a, b := packets[:i], packets[i:]
		check(fmt.Sprintf("two frames at %d", i), frame(end|binFrame, a)+frame(end|binFrame, b))
		check(fmt.Sprintf("two fragments at %d", i), frame(more|binFrame, a)+frame(end|contFrame, b))
		check(fmt.Sprintf("a ping between at %d", i), frame(more|binFrame, a)+frame(end|pingFrame, "p")+frame(more|contFrame, "")+frame(end|pongFrame, "")+frame(end|contFrame, b))
		whole := frame(end|binFrame, packets)
		check(fmt.Sprintf("two segments at %d", i), whole[:i], whole[i:])
	}
	var frames, segments []string
	for _, c := range []byte(packets) {
		frames = append(frames, frame(end|binFrame, string(c)))
	}
	for _, c := range []byte(strings.Join(frames, "")) {
		segments = append(segments, string([]byte{c}))
	}
	check("a frame a byte, a segment a byte", segments...)
	_ = server.Close()
	<-done
}

// TestWebSocketFloodEnds: what keeps a connection busy without carrying MQTT
// does not outlive the read deadline, which is how a connect timeout works.
func TestWebSocketFloodEnds(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"pings": frame(end|pingFrame, "x"), "pongs": frame(end|pongFrame, ""), "empty frames": frame(end|binFrame, ""), "silence": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, server := upgraded(t, ListenOptions{})
			if err := server.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{}, 2)
			go func() {
				defer func() { done <- struct{}{} }()
				burst := []byte(strings.Repeat(text, 100))
				for len(burst) > 0 {
					if _, err := raw.Write(burst); err != nil {
						return
					}
				}
			}()
			go func() { defer func() { done <- struct{}{} }(); _, _ = io.Copy(io.Discard, raw) }()
			if n, err := server.Read(make([]byte, 8)); err == nil {
				t.Errorf("Read = %d bytes", n)
			}
			_ = server.Close()
			<-done
			<-done
		})
	}
}

func TestWebSocketHalfRequestsDoNotBlock(t *testing.T) {
	t.Parallel()
	why := make(refusals, 64)
	ln, u := listen(t, "ws://127.0.0.1:0", ListenOptions{MaxPending: 4, Refused: why.note})
	got := accepted(t, ln)
	for range 12 {
		nc, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = nc.Close() }()
		_, _ = nc.Write([]byte(upgradeRequest[:40]))
	}
	nc, err := Dial(t.Context(), u, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	_, _ = nc.Write([]byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00"))
	exchange(t, nc, <-got)
	if err := <-why; !errors.Is(err, errCrowded) {
		t.Errorf("refused because %v, want %v", err, errCrowded)
	}
}

// FuzzWebSocketFrames sends foreign bytes after the upgrade: the stream ends,
// and never holds more than was sent.
func FuzzWebSocketFrames(f *testing.F) {
	for _, s := range []string{
		"", frame(end|binFrame, "\x10\x00"), frame(more|binFrame, "\x10") + frame(end|pingFrame, "") + frame(end|contFrame, "\x00"),
		frame(end|closeFrame, "\x03\xe8"), "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00x", frame(end|textFrame, "x"),
	} {
		f.Add([]byte(s))
	}
	base := newPipeListener()
	ln, err := Wrap(base, &url.URL{Scheme: "ws"}, ListenOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = ln.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		nc := base.dial("192.0.2.1:9")
		request(t, nc, upgradeRequest)
		server, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { defer close(done); _, _ = io.Copy(io.Discard, nc) }()
		go func() { _, _ = io.Copy(nc, bytes.NewReader(data)); _ = nc.Close() }()
		if all, _ := io.ReadAll(server); len(all) > len(data) {
			t.Errorf("%d bytes came of %d", len(all), len(data))
		}
		_ = server.Close()
		<-done
	})
}
