package transport

import (
	"bytes"
	"io"
	"testing"
)

// A connection that breaks within a frame delivers what it delivered as sent,
// never bytes under the mask.
func TestWebSocketCutFrame(t *testing.T) {
	t.Parallel()
	raw, server := upgraded(t, ListenOptions{})
	const first, second = "\x30\x0a\x00\x01a", "0123456789"
	whole := frame(end|binFrame, second)
	if _, err := io.WriteString(raw, frame(end|binFrame, first)+whole[:len(whole)-3]); err != nil {
		t.Fatal(err)
	}
	raw.Close()
	got, err := io.ReadAll(server)
	if !bytes.HasPrefix([]byte(first+second), got) || len(got) < len(first) || err == nil {
		t.Errorf("read %q, %v, want the first frame, then perhaps a part of the second, and an error", got, err)
	}
}
