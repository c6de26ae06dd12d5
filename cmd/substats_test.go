package cmd

import (
	"testing"
	"time"

	"mqt/sub"
)

func TestStatsText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n      sub.Stats
		topics int
		d      time.Duration
		want   string
	}{
		{sub.Stats{}, 0, 0, "0 messages, 0 bytes, 0 topics in 0.0 s: 0.0 messages/s"},
		{sub.Stats{Received: 5, Delivered: 5, Bytes: 50}, 2, 2500 * time.Millisecond, "5 messages, 50 bytes, 2 topics in 2.5 s: 2.0 messages/s"},
		{sub.Stats{Received: 9, Delivered: 5, Bytes: 50}, 2, time.Second, "5 of 9 messages, 50 bytes, 2 topics in 1.0 s: 5.0 messages/s"},
	}
	for _, tt := range tests {
		if got := statsText(tt.n, tt.topics, tt.d); got != tt.want {
			t.Errorf("statsText(%+v, %d, %v) = %q, want %q", tt.n, tt.topics, tt.d, got, tt.want)
		}
	}
}
