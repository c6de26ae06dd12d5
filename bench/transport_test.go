package bench

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// certificates returns a server's TLS configuration and a client's.
func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s, file, err := transport.DevTLS(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := transport.LoadTLS(s)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return files.Config(), &tls.Config{RootCAs: roots}
}

func TestRunOverEveryTransport(t *testing.T) {
	t.Parallel()
	server, client := certificates(t)
	for _, listen := range []string{"mqtts://127.0.0.1:0", "ws://127.0.0.1:0", "wss://127.0.0.1:0", "unix://" + filepath.Join(t.TempDir(), "s")} {
		u, err := transport.ParseListen(listen)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(u.Scheme, func(t *testing.T) {
			t.Parallel()
			ln, err := transport.Listen(t.Context(), u, transport.ListenOptions{TLS: server})
			if err != nil {
				t.Fatal(err)
			}
			srv := &broker.Server{}
			done := make(chan struct{})
			go func() {
				defer close(done)
				srv.Serve(ln)
			}()
			defer func() {
				srv.Close()
				<-done
			}()
			if u.Scheme != "unix" {
				u.Host = ln.Addr().String()
			}
			r, err := Run(t.Context(), Config{
				Scenario: "p2p", Target: Target{URLs: []string{u.String()}, TLS: client}, Drain: time.Minute,
				Clients: Clients{Publishers: 3, Subscribers: 3},
				Load:    Workload{QoS: mqtt.AtLeastOnce, Schedule: steady(1000)}, Duration: 200 * time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := r.Counts; n.Sent != 200 || n.Delivered != 200 || n.Acked != 200 || n.Disconnected != 0 {
				t.Errorf("counts = %+v, want 200 messages delivered; errors %v", n, r.Errors)
			}
		})
	}
}
