package sub_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/peertest"
	"mqt/sub"
)

// All retained messages come with their QoS, also from brokers that leave out
// what exceeds a client's queue.
func TestGatherExact(t *testing.T) {
	t.Parallel()
	const n = 101 // the last is acknowledged, and so all are there
	tests := []struct {
		name  string
		serve func(t *testing.T) string
	}{
		{name: "own broker", serve: serve},
		{name: "mosquitto with short queues", serve: func(t *testing.T) string {
			return peertest.Mosquitto(t, "max_queued_messages 10", "max_inflight_messages 5")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := tt.serve(t)
			publish(t, connect(t, addr, client.Options{CleanStart: true}), n, func(i int) mqtt.Message {
				return mqtt.Message{Topic: fmt.Sprintf("x/%03d", i), Payload: fmt.Append(nil, i), QoS: mqtt.QoS(i % 3), Retain: true}
			})
			o := client.Options{CleanStart: true, Version: mqtt.V5}
			o.Props.SetUint(mqtt.PropReceiveMaximum, 5) // the queue counts from there
			c := connect(t, addr, o)
			got, stats, err := sub.GatherExact(t.Context(), c, sub.CollectOptions{Filters: []mqtt.Filter{parse(t, "x/#")}, Version: mqtt.V5})
			if err != nil || len(got) != n || !stats.Marker {
				t.Fatalf("GatherExact = %d messages, %+v, %v, want %d", len(got), stats, err, n)
			}
			for i, m := range got {
				m.PacketID, m.Received = 0, m.Received.UTC()
				want := fmt.Sprintf("x/%03d=%d at %d, retained true", i, i, i%3)
				if s := fmt.Sprintf("%s=%s at %d, retained %t", m.Topic, m.Payload, m.QoS, m.Retain); s != want {
					t.Fatalf("message %d is %s, want %s", i, s, want)
				}
			}
		})
	}
}

// When the time is over, what had arrived is returned with the error.
func TestGatherExactEnds(t *testing.T) {
	t.Parallel()
	c := connect(t, serve(t), client.Options{CleanStart: true})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(sub.ErrTimeout)
	if _, _, err := sub.GatherExact(ctx, c, sub.CollectOptions{Filters: []mqtt.Filter{parse(t, "#")}}); !errors.Is(err, sub.ErrTimeout) {
		t.Errorf("GatherExact after the time = %v, want %v", err, sub.ErrTimeout)
	}
}
