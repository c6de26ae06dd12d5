package load

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// The headers of a message are user properties: when it is due, and its number
// among those of its publisher.
func TestHeadersAreUserProperties(t *testing.T) {
	t.Parallel()
	p := plan("127.0.0.1:1", topics(2), nil)
	p.Version, p.Headers = mqtt.V5, []string{"ts", "cnt64"}
	l, err := newLoad(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range l.pubs {
		for seq := range uint64(2) {
			b := l.frames.append(nil, message{from: from, seq: seq, intended: int64(5 * time.Millisecond), size: 64})
			h, err := wire.ParseHeader(b)
			if err != nil {
				t.Fatal(err)
			}
			var got wire.Publish
			if err := got.Decode(mqtt.V5, h.Flags, b[h.Size:]); err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprint(mqtt.Properties{
				{ID: mqtt.PropUser, Key: "ts", Value: strconv.FormatInt(l.epoch.Add(5*time.Millisecond).UnixMilli(), 10)},
				{ID: mqtt.PropUser, Key: "cnt64", Value: strconv.FormatUint(seq+1, 10)},
			})
			if got := fmt.Sprint(got.Props.Parse()); got != want {
				t.Errorf("message %d of publisher %d has %s, want %s", seq, from.number, got, want)
			}
		}
	}
}
