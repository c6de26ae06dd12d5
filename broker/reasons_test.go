package broker_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestReasonStrings: an acknowledgement that refuses says what is the matter,
// and nothing that is not.
func TestReasonStrings(t *testing.T) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			b := serve(t, &broker.Server{Auth: &rules{}, Limits: broker.Limits{MaxPayloadSize: 10, MaxRetained: 1}}, listen(t))
			c := b.connect(t, mqtt.V5, "c", user("ann"))
			tests := []struct {
				topic, payload string
				retain         bool
				code           mqtt.ReasonCode
				why            string
			}{
				{topic: "$SYS/x", code: mqtt.NotAuthorized, why: "topics that begin with $SYS belong to the server"},
				{topic: "bob/x", code: mqtt.NotAuthorized},
				{topic: "ann/x", payload: strings.Repeat("x", 11), code: mqtt.QuotaExceeded, why: "the payload is larger than this server accepts"},
				{topic: "ann/x", payload: "kept", retain: true, code: mqtt.NoMatchingSubscribers},
				{topic: "ann/y", payload: "too many", retain: true, code: mqtt.QuotaExceeded, why: "the server has no room for more retained messages"},
			}
			for _, q := range []mqtt.QoS{1, 2} {
				for i, tc := range tests {
					id := uint16(i + 1)
					c.send(&wire.Publish{Topic: []byte(tc.topic), Payload: []byte(tc.payload), QoS: q, PacketID: id, Retain: tc.retain})
					want := wire.Ack{Type: wire.PUBACK, PacketID: id, Code: tc.code}
					if q == 2 {
						want.Type = wire.PUBREC
					}
					if tc.why != "" {
						want.Props.SetText(mqtt.PropReasonString, tc.why)
					}
					if got := c.read(); !reflect.DeepEqual(got, &want) {
						t.Errorf("%s at QoS %d = %s, want %s", tc.topic, q, show(got), show(&want))
					}
					if q == 2 && !tc.code.Failed() {
						c.send(&wire.Ack{Type: wire.PUBREL, PacketID: id})
						c.expect(fmt.Sprintf("PUBCOMP #%d", id))
					}
				}
			}
		})
	}
}
