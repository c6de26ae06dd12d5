package cmd

import (
	"fmt"

	"github.com/spf13/pflag"

	"mqt/format"
	"mqt/internal/mqtt"
	"mqt/pub"
)

// changeOptions say what becomes of a message between its input and the broker.
type changeOptions struct {
	Encode string
}

func (o *changeOptions) bind(f *pflag.FlagSet) {
	f.Var(oneOf{&o.Encode, format.Encodings()}, "encode",
		"the payload is text for bytes: hex, base64; or JSON: json (checked and made compact), cbor, msgpack")
}

func (o *changeOptions) check(f *pflag.FlagSet) error {
	if o.Encode != "" && f.Changed(string(inputNull)) {
		return usagef("pub: -n and --encode cannot be used together: there is nothing to encode")
	}
	return nil
}

// compile returns what to do with each message; nil leaves them as they are.
func (o *changeOptions) compile() (func(*mqtt.Message) error, error) {
	if o.Encode == "" {
		return nil, nil
	}
	encode, err := format.NewEncode(o.Encode)
	if err != nil {
		return nil, err
	}
	return func(m *mqtt.Message) error {
		b, err := encode(m.Payload)
		if err != nil {
			return hint(fmt.Errorf("the payload %w", err), encodeHint(o.Encode))
		}
		m.Payload = b
		return nil
	}, nil
}

func encodeHint(name string) string {
	switch name {
	case "hex":
		return "two digits stand for a byte, as in 48656c6c6f"
	case "base64":
		return "the program base64 writes it"
	}
	return `JSON is what --encode ` + name + ` reads; text needs quotes, as in '"hello"'`
}

// changed is src with each message changed; a nil function changes none.
func changed(src messages, f func(*mqtt.Message) error) messages {
	if f == nil {
		return src
	}
	return pub.Change(src, f)
}
