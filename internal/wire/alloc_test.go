package wire

import (
	"testing"

	"mqt/internal/mqtt"
)

// smallPublish is a typical telemetry message at QoS 0 in MQTT 3.1.1.
func smallPublish() *Publish {
	return &Publish{Topic: []byte("site-1/floor-3/temperature"), Payload: []byte("21.5")}
}

func propsPublish() *Publish {
	p := smallPublish()
	p.QoS, p.PacketID = mqtt.AtLeastOnce, 7
	p.Props = RawProperties{2, 0, 0, 0, 60, 35, 0, 5, 38, 0, 1, 'k', 0, 1, 'v'}
	return p
}

func TestHotPathAllocatesNothing(t *testing.T) {
	dst := make([]byte, 0, 256)
	small, _ := smallPublish().Append(nil, mqtt.V311)
	rich, _ := propsPublish().Append(nil, mqtt.V5)
	ack := AppendAck(nil, PUBREL, 9)
	var pub Publish
	puback := Ack{Type: PUBREL}
	appended := propsPublish()
	tests := []struct {
		name string
		run  func() error
	}{
		{"decode publish 3.1.1", func() error { return decodeWhole(&pub, small, mqtt.V311) }},
		{"decode publish 5", func() error { return decodeWhole(&pub, rich, mqtt.V5) }},
		{"append publish", func() error { _, err := appended.Append(dst, mqtt.V5); return err }},
		{"decode ack", func() error { return decodeWhole(&puback, ack, mqtt.V5) }},
		{"append ack", func() error { _, err := puback.Append(dst, mqtt.V5); AppendAck(dst, PUBACK, 1); return err }},
	}
	for _, tt := range tests {
		var failed error
		n := testing.AllocsPerRun(100, func() {
			if err := tt.run(); err != nil {
				failed = err
			}
		})
		if n != 0 || failed != nil {
			t.Errorf("%s: %v allocations, error %v, want 0, nil", tt.name, n, failed)
		}
	}
}

// decodeWhole decodes a whole packet of p's type.
func decodeWhole(p Packet, b []byte, v mqtt.Version) error {
	h, err := ParseHeader(b)
	if err != nil {
		return err
	}
	return p.Decode(v, h.Flags, b[h.Size:h.Total()])
}

func BenchmarkPublishDecode(b *testing.B) {
	for _, tt := range []struct {
		name string
		p    *Publish
		v    mqtt.Version
	}{{"v3", smallPublish(), mqtt.V311}, {"v5", smallPublish(), mqtt.V5}, {"v5props", propsPublish(), mqtt.V5}} {
		raw, err := tt.p.Append(nil, tt.v)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			var p Publish
			for b.Loop() {
				if err := decodeWhole(&p, raw, tt.v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPublishAppend(b *testing.B) {
	p, dst := smallPublish(), make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Append(dst, mqtt.V311); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAckDecode(b *testing.B) {
	raw, p := AppendAck(nil, PUBACK, 9), Ack{Type: PUBACK}
	b.ReportAllocs()
	for b.Loop() {
		if err := decodeWhole(&p, raw, mqtt.V5); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConnectDecode(b *testing.B) {
	c := Connect{Version: mqtt.V5, CleanStart: true, KeepAlive: 60, ClientID: "device-17"}
	c.Props.SetUint(mqtt.PropSessionExpiry, 60)
	raw, err := c.Append(nil, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var p Connect
		if err := decodeWhole(&p, raw, 0); err != nil {
			b.Fatal(err)
		}
	}
}
