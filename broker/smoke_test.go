package broker

import (
	"log/slog"
	"net"
	"os"
	"testing"
)

func TestServerServesAtItsZeroValue(t *testing.T) {
	srv := &Server{Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	nc.Write([]byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'a'})
	buf := make([]byte, 4)
	if _, err := nc.Read(buf); err != nil {
		t.Fatal(err)
	}
	t.Logf("%x", buf)
	nc.Close()
	srv.Close()
	if err := <-done; err != ErrServerClosed {
		t.Errorf("Serve() = %v, want ErrServerClosed", err)
	}
}
