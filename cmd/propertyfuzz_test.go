package cmd

import (
	"strings"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// FuzzProperty gives -D anything, as one text, as a profile or the environment
// has it. What is taken fits into its packet.
func FuzzProperty(f *testing.F) {
	f.Add("connect session-expiry-interval 60")
	f.Add("publish response-topic a/b")
	f.Add("Will User-Property k v w")
	f.Add("subscribe subscription-identifier 268435455")
	f.Add("disconnect reason-string \xff")
	f.Add("publish topic-alias 0")
	f.Fuzz(func(t *testing.T, text string) {
		p := properties{packets: []string{"connect", "publish", "subscribe", "unsubscribe", "disconnect", "will"}}
		if p.Set(strings.Join(splitProperty(text), separator)) != nil {
			return
		}
		topic, filter := []byte("t"), []wire.SubscribeFilter{{Filter: "t"}}
		publish, err := wire.AppendProperties(nil, p.Publish)
		if err != nil {
			t.Fatalf("-D %q: %v", text, err)
		}
		for _, packet := range []wire.Packet{
			&wire.Connect{Version: mqtt.V5, Props: p.Connect, Will: &wire.Will{Topic: "w", Props: p.Will}},
			&wire.Publish{Topic: topic, Props: publish}, &wire.Subscribe{PacketID: 1, Filters: filter, Props: p.Subscribe},
			&wire.Unsubscribe{PacketID: 1, Filters: []string{"t"}, Props: p.Unsubscribe}, &wire.Disconnect{Props: p.Disconnect},
		} {
			b, err := packet.Append(nil, mqtt.V5)
			if err == nil {
				h, _ := wire.ParseHeader(b)
				err = wire.New(h.Type).Decode(mqtt.V5, h.Flags, b[h.Size:])
			}
			if err != nil {
				t.Fatalf("-D %q in %T: %v", text, packet, err)
			}
		}
	})
}
