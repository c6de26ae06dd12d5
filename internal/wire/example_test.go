package wire_test

import (
	"bytes"
	"fmt"
	"io"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

func ExampleReader() {
	stream, _ := (&wire.Publish{Topic: []byte("lamp"), Payload: []byte("on")}).Append(nil, mqtt.V311)
	stream = wire.AppendAck(stream, wire.PUBACK, 7)

	r := wire.Reader{R: bytes.NewReader(stream), Max: 1 << 20}
	for {
		h, body, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		p := wire.New(h.Type)
		if err := p.Decode(mqtt.V311, h.Flags, body); err != nil {
			fmt.Println(err)
			return
		}
		switch p := p.(type) {
		case *wire.Publish:
			fmt.Printf("%v %s %s\n", h.Type, p.Topic, p.Payload)
		case *wire.Ack:
			fmt.Println(h.Type, p.PacketID)
		}
	}
	// Output:
	// PUBLISH lamp on
	// PUBACK 7
}
