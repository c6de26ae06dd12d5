//go:build unix

package cmd

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A ready file that is a pipe, or as root a device, is written to: it must be
// neither replaced nor removed.
func TestReadyFileIsPipe(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "ready")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	read := make(chan string, 1)
	pipe, err := os.OpenFile(name, os.O_RDWR, 0) // does not wait for a writer, and keeps it open
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	remove, err := writeReady(name, "mqtt://127.0.0.1:1\n")
	if err != nil {
		t.Fatal(err)
	}
	remove()
	if info, err := os.Stat(name); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Fatalf("the pipe is gone: %v, %v", info, err)
	}
	go func() {
		b := make([]byte, 19)
		_, _ = io.ReadFull(pipe, b)
		read <- string(b)
	}()
	if got := <-read; got != "mqtt://127.0.0.1:1\n" {
		t.Errorf("the pipe held %q", got)
	}
}
