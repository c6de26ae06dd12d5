//go:build unix

package cmd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// killed is a broker process that is killed and started again on one port.
type killed struct {
	t       *testing.T
	addr    string
	dir     string
	cmd     *exec.Cmd
	drained chan struct{} // what the process says is read; nil before it listens
}

// lastingAddr returns a free address whose port the system gives to nobody
// else while the broker is away, not to a client that tries to reach it either:
// that would connect to itself.
func lastingAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		ln, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20000+rand.IntN(10000)))
		if err == nil {
			defer ln.Close()
			return ln.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// start runs mqt serve and waits until it accepts connections.
func (k *killed) start() {
	k.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	k.cmd = exec.Command(exe)
	k.cmd.Args = []string{"mqt", "serve", "--listen", "mqtt://" + k.addr, "--data", k.dir, "--max-queued-messages", "-1"}
	says, err := k.cmd.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	lines := bufio.NewReader(says)
	first, err := lines.ReadString('\n')
	if !strings.HasPrefix(first, "listening on ") {
		rest, _ := io.ReadAll(lines)
		k.kill()
		k.t.Fatalf("the broker does not listen: %v\n%s%s", err, first, rest)
	}
	k.drained = make(chan struct{})
	go func() { defer close(k.drained); _, _ = io.Copy(io.Discard, lines) }() // ends with the process
}

// kill ends the process as kill -9 does.
func (k *killed) kill() {
	_ = k.cmd.Process.Kill()
	if k.drained != nil {
		<-k.drained
	}
	_ = k.cmd.Wait() // its error is the signal
}

// rounds is how often the broker is killed.
func rounds(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("MQT_KILL_ROUNDS"))
	if err != nil {
		n = 4
	}
	if testing.Short() {
		n = 2
	}
	t.Logf("%d rounds; set MQT_KILL_ROUNDS for more", n)
	return n
}

// connect is a client with a session that outlives everything.
func (k *killed) connect(id string) *client.Client {
	k.t.Helper()
	u, err := url.Parse("mqtt://" + k.addr)
	if err != nil {
		k.t.Fatal(err)
	}
	o := client.Options{
		Dial:     func(ctx context.Context) (net.Conn, error) { return transport.Dial(ctx, u, transport.Options{}) },
		Version:  mqtt.V5,
		ClientID: id,
		Backoff:  client.Backoff{Min: 5 * time.Millisecond, Max: 50 * time.Millisecond},
	}
	o.Props.SetUint(mqtt.PropSessionExpiry, 3600)
	c, err := client.Connect(k.t.Context(), o)
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

// received counts messages by payload, in order of arrival.
type received struct {
	mu    sync.Mutex
	list  []string
	count map[string]int
	more  chan struct{}
}

func (r *received) handle(m mqtt.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count[string(m.Payload)]++
	r.list = append(r.list, string(m.Payload))
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// TestKillLosesNothing kills the broker at random moments while messages flow
// at QoS 1 and 2. Everything that was acknowledged must arrive, at QoS 2 once
// and in order.
func TestKillLosesNothing(t *testing.T) {
	for qos := mqtt.AtLeastOnce; qos <= mqtt.ExactlyOnce; qos++ {
		t.Run(fmt.Sprintf("qos %d", qos), func(t *testing.T) {
			t.Parallel()
			k := &killed{t: t, addr: lastingAddr(t), dir: t.TempDir()}
			k.start()
			t.Cleanup(k.kill)
			k.run(qos)
		})
	}
}

func (k *killed) run(qos mqtt.QoS) {
	t := k.t
	sub, pub := k.connect("sub"), k.connect("pub")
	defer sub.Close()
	defer pub.Close()
	got := &received{count: map[string]int{}, more: make(chan struct{}, 1)}
	filter, err := mqtt.ParseFilter("t/#")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sub.Subscribe(t.Context(), []mqtt.Subscription{{Filter: filter, QoS: qos}}, got.handle); err != nil {
		t.Fatal(err)
	}
	stop, killer := make(chan struct{}), sync.WaitGroup{}
	killer.Go(func() {
		defer close(stop)
		for range rounds(t) {
			timer := time.NewTimer(time.Duration(20+rand.IntN(200)) * time.Millisecond)
			<-timer.C
			k.kill()
			k.start()
		}
	})
	acked := k.publish(pub, qos, stop)
	killer.Wait()
	k.check(got, acked, qos)
}

// publish sends until stop is closed and returns how many messages were
// acknowledged: all of them, since the client sends again what was not.
func (k *killed) publish(pub *client.Client, qos mqtt.QoS, stop <-chan struct{}) int {
	k.t.Helper()
	n := 0
	for {
		select {
		case <-stop:
			ctx, cancel := context.WithTimeout(k.t.Context(), 60*time.Second)
			defer cancel()
			if err := pub.Flush(ctx); err != nil {
				k.t.Errorf("%d messages published, but: %v", n, err)
			}
			return n
		default:
		}
		n++
		m := mqtt.Message{Topic: "t/x", Payload: []byte(strconv.Itoa(n)), QoS: qos}
		if err := pub.PublishAsync(m, func(err error) {
			if err != nil {
				k.t.Errorf("message %s: %v", m.Payload, err)
			}
		}); err != nil {
			k.t.Fatal(err)
		}
	}
}

// check waits until every message has arrived and compares.
func (k *killed) check(got *received, acked int, qos mqtt.QoS) {
	k.t.Helper()
	deadline := time.After(60 * time.Second)
	for missing := true; missing; {
		got.mu.Lock()
		missing = len(got.count) < acked
		got.mu.Unlock()
		if !missing {
			break
		}
		select {
		case <-got.more:
		case <-deadline:
			got.mu.Lock()
			defer got.mu.Unlock()
			k.t.Fatalf("%d of %d acknowledged messages arrived", len(got.count), acked)
		}
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	k.t.Logf("%d messages, %d deliveries", acked, len(got.list))
	if qos != mqtt.ExactlyOnce {
		return
	}
	for i, p := range got.list {
		if p != strconv.Itoa(i+1) {
			k.t.Fatalf("delivery %d is message %s: lost, twice or out of order", i+1, p)
		}
	}
}
