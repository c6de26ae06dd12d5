//go:build unix

package pub

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReadFileFIFO(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	idle, fifo := filepath.Join(dir, "idle"), filepath.Join(dir, "fifo")
	for _, name := range []string{idle, fifo} {
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Skip(err)
		}
	}
	cause := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := ReadFile(ctx, idle); err != cause {
		t.Errorf("ReadFile of a FIFO nobody writes to = %v, want %v", err, cause)
	}

	go func() {
		f, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err == nil {
			f.WriteString("from a FIFO")
			f.Close()
		}
	}()
	if got, err := ReadFile(t.Context(), fifo); err != nil || string(got) != "from a FIFO" {
		t.Errorf("ReadFile(FIFO) = %q, %v", got, err)
	}
}
