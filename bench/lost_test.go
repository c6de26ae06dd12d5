package bench

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"mqt/bench/result"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// takeOver connects with the client identifier of another client, which is
// then disconnected [MQTT-3.1.4-3], and goes.
func takeOver(t *testing.T, url, id string, v mqtt.Version) {
	t.Helper()
	nc, err := net.Dial("tcp", strings.TrimPrefix(url, "mqtt://"))
	if err != nil {
		t.Error(err)
		return
	}
	defer nc.Close()
	connect := &wire.Connect{Version: v, ClientID: id}
	if v == mqtt.V5 {
		connect.Props.SetUint(mqtt.PropSessionExpiry, 60)
	}
	b, err := connect.Append(nil, v)
	if err != nil {
		t.Error(err)
		return
	}
	nc.Write(b)
	r := wire.Reader{R: nc}
	if h, _, err := r.Next(); err != nil || h.Type != wire.CONNACK {
		t.Errorf("answer to CONNECT = %v, %v", h.Type, err)
	}
}

// TestSessionsSurviveLostConnections loses the publisher's connection and the
// subscriber's while messages are on their way: what the broker keeps for them
// is sent again, and nothing is lost. Messages are fewer than the broker queues.
func TestSessionsSurviveLostConnections(t *testing.T) {
	t.Parallel()
	url := serve(t)
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		for qos := mqtt.AtLeastOnce; qos <= mqtt.ExactlyOnce; qos++ {
			t.Run(fmt.Sprintf("%v QoS %d", v, qos), func(t *testing.T) {
				t.Parallel()
				prefix := fmt.Sprintf("lost-%d-%d-", v, qos)
				var once sync.Once
				var rogue sync.WaitGroup
				defer rogue.Wait()
				r, err := Run(t.Context(), Config{
					Scenario: "p2p", Target: Target{URLs: []string{url}, Version: v}, Drain: time.Minute,
					Clients: Clients{Prefix: prefix, ShortIDs: true, Persistent: true, SessionExpiry: time.Minute},
					Load:    Workload{QoS: qos, Schedule: steady(500)}, Duration: 2 * time.Second,
					Watch: func(s result.Snapshot) {
						if s.Phase == result.Measuring {
							once.Do(func() {
								rogue.Go(func() {
									takeOver(t, url, prefix+"p0", v)
									takeOver(t, url, prefix+"s0", v)
								})
							})
						}
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				n := r.Counts
				if n.Sent != 1000 || n.Delivered != 1000 || n.Lost != 0 || n.Disconnected < 2 || qos == mqtt.ExactlyOnce && n.Duplicated != 0 {
					t.Errorf("counts = %+v, want all of 1000 delivered; errors %v", n, r.Errors)
				}
			})
		}
	}
}

func TestInterruptedRunsAreReported(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := Run(ctx, Config{
		Scenario: "p2p", Target: Target{URLs: []string{serve(t)}}, Drain: time.Minute,
		Load: Workload{Schedule: steady(1000)}, Duration: time.Hour,
		Watch: func(s result.Snapshot) {
			if s.Counts.Delivered > 0 {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := r.Counts
	if !r.Run.Interrupted || n.Sent == 0 || n.Sent != n.Intended || n.Delivered != n.Sent || n.Lost != 0 {
		t.Errorf("interrupted = %v, counts = %+v, want all of it delivered", r.Run.Interrupted, n)
	}
}
