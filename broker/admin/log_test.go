package admin

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// lockedBuffer is a log that handlers write and tests read.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// newTestLogger leaves out the time.
func newTestLogger(b *lockedBuffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "remote" {
			return slog.Attr{}
		}
		return a
	}}))
}

func TestLogSaysWhoChangedWhat(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{Auth: only("ann", "hunter2")})
	ann := [2]string{"Authorization", "Basic YW5uOmh1bnRlcjI="}
	eve := [2]string{"Authorization", "Basic ZXZlOmh1bnRlcjI="}
	f.do(t, request{method: "POST", target: "/api/v1/publish", header: [][2]string{jsonType[0], ann}, body: `{"topic":"a/b","payload":"secret","retain":true}`})
	f.do(t, request{method: "DELETE", target: "/api/v1/retained/message?topic=a/b", header: [][2]string{ann}})
	f.do(t, request{method: "GET", target: "/api/v1/clients", header: [][2]string{eve}})
	want := strings.Join([]string{
		`level=INFO msg="message published over http" topic=a/b qos=0 retain=true bytes=6 user=ann`,
		`level=INFO msg="retained message removed over http" topic=a/b user=ann`,
		`level=WARN msg="http login refused" user=eve reason="wrong user name or password"`,
		""}, "\n")
	if got := f.log.String(); got != want {
		t.Errorf("log = %s, want %s", got, want)
	}
}
