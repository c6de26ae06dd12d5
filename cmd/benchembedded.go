package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// embedded is a broker in a process of its own: this program as mqt serve.
type embedded struct {
	process *exec.Cmd
	url     string        // where it listens
	ended   chan struct{} // closed when the process is over
	stderr  bytes.Buffer  // read once it is over
}

// readyPatience is how long the broker may take to listen.
const readyPatience = 30 * time.Second

// startEmbedded starts the broker and waits until it listens.
func startEmbedded(ctx context.Context) (*embedded, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("bench: --embedded: %w", err)
	}
	dir, err := os.MkdirTemp("", "mqt-bench-*")
	if err != nil {
		return nil, fmt.Errorf("bench: --embedded: %w", err)
	}
	defer os.RemoveAll(dir) // a temporary directory, which nobody needs once the broker is ready
	ready := filepath.Join(dir, "ready")
	b := &embedded{ended: make(chan struct{})}
	b.process = exec.Command(program, "serve", "--listen", "mqtt://127.0.0.1:0", "--ready-file", ready)
	b.process.Stderr = &b.stderr
	if err := startApart(b.process, b.ended); err != nil {
		return nil, fmt.Errorf("bench: --embedded: %w", err)
	}
	if err := b.await(ctx, ready); err != nil {
		b.stop()
		return nil, err
	}
	return b, nil
}

// await waits for the ready file, which appears as a whole.
func (b *embedded) await(ctx context.Context, ready string) error {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	patience := time.NewTimer(readyPatience)
	defer patience.Stop()
	for {
		text, err := os.ReadFile(ready)
		if err == nil {
			b.url, _, _ = strings.Cut(string(text), "\n")
			return nil
		}
		select {
		case <-look.C:
		case <-b.ended:
			return fmt.Errorf("bench: the embedded broker did not start: %s", leadingLine(b.stderr.String()))
		case <-patience.C:
			return errors.New("bench: the embedded broker does not get ready")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func leadingLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimPrefix(line, "mqt: ")
}

// stop ends the broker and waits for it.
func (b *embedded) stop() {
	askToEnd(b.process.Process)
	patience := time.NewTimer(5 * time.Second)
	defer patience.Stop()
	select {
	case <-b.ended:
	case <-patience.C:
		_ = b.process.Process.Kill() // it may just have ended
		<-b.ended
	}
}
