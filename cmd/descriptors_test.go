//go:build unix

package cmd

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// TestAttackDescriptors takes all file descriptors that a broker may have.
// Clients that are connected live on, and new ones get in when there are some
// again. On Linux mqtt is served by event loops, mqtts always by goroutines.
func TestAttackDescriptors(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"mqtt", "mqtts"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			u, said := serveLimited(t, scheme)
			here, echo := limitedClient(t, u, "here"), make(chan string, 100)
			filter, err := mqtt.ParseFilter("echo")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := here.Subscribe(t.Context(), []mqtt.Subscription{{Filter: filter, QoS: 1}}, func(m mqtt.Message) {
				echo <- string(m.Payload)
			}); err != nil {
				t.Fatal(err)
			}
			var taken []net.Conn
			for range 100 {
				nc, err := net.Dial("tcp", u.Host)
				if err != nil {
					t.Fatal(err)
				}
				defer nc.Close()
				taken = append(taken, nc)
			}
			for line := range said {
				if strings.Contains(line, "accept paused") {
					break
				}
			}
			for i := range 50 {
				want := fmt.Sprint(i)
				if err := here.Publish(t.Context(), mqtt.Message{Topic: "echo", Payload: []byte(want), QoS: 1}); err != nil {
					t.Fatal(err)
				}
				if got := <-echo; got != want {
					t.Fatalf("echo of %s is %s", want, got)
				}
			}
			for _, nc := range taken {
				nc.Close()
			}
			late := limitedClient(t, u, "late")
			if err := late.Publish(t.Context(), mqtt.Message{Topic: "echo", Payload: []byte("late"), QoS: 1}); err != nil {
				t.Fatal(err)
			}
			if got := <-echo; got != "late" {
				t.Errorf("echo of late is %s", got)
			}
		})
	}
}

// serveLimited runs mqt serve in a process that may have few files open, and
// returns its URL and the lines of its log.
func serveLimited(t *testing.T, scheme string) (*url.URL, <-chan string) {
	t.Helper()
	args := []string{"-c", `ulimit -n 64 && exec "$0" "$@"`, "mqt", "serve", "--listen", scheme + "://127.0.0.1:0"}
	if scheme == "mqtts" {
		cert, key := certificate(t, t.TempDir())
		args = append(args, "--cert", cert, "--key", key)
	}
	p := exec.Command("/bin/sh", args...)
	p.Env = os.Environ()
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	said, drained := make(chan string, 1000), make(chan struct{})
	go func() {
		defer close(drained)
		defer close(said)
		for log := bufio.NewScanner(stderr); log.Scan(); {
			select {
			case said <- log.Text():
			default: // nobody wants to know so much
			}
		}
	}()
	out := bufio.NewReader(stdout)
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-drained
		_, _ = io.Copy(io.Discard, out)
		_ = p.Wait() // its error is the signal
	})
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("serve did not start: %v", err)
		}
		if at, ok := strings.CutPrefix(line, "listening on "); ok {
			u, err := url.Parse(strings.TrimSpace(at))
			if err != nil {
				t.Fatal(err)
			}
			return u, said
		}
	}
}

func limitedClient(t *testing.T, u *url.URL, id string) *client.Client {
	t.Helper()
	c, err := client.Connect(t.Context(), client.Options{ClientID: id, Version: mqtt.V5, CleanStart: true, RetryConnect: true,
		Dial: func(ctx context.Context) (net.Conn, error) {
			return transport.Dial(ctx, u, transport.Options{TLS: &tls.Config{InsecureSkipVerify: true}})
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
