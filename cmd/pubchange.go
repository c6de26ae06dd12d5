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
	Template bool
	Encode   string
}

func (o *changeOptions) bind(f *pflag.FlagSet) {
	f.BoolVar(&o.Template, "template", false, "fill in {{seq}}, {{now}}, {{uuid}}, {{rand 20 30}}, {{env \"NAME\"}} in topic and payload, anew for each message")
	f.Var(oneOf{&o.Encode, format.Encodings()}, "encode",
		"the payload is text for bytes: hex, base64; or JSON: json (checked and made compact), cbor, msgpack")
}

func (o *pubOptions) checkChange() error {
	switch {
	case o.Change.Encode != "" && o.Input == inputNull:
		return usagef("%s: -n and --encode cannot be used together: there is nothing to encode", o.who())
	case o.Change.Template && o.Input.stream():
		return usagef("pub: --template is for one message, sent once or again and again\n" +
			"hint: give it with -m, -f or -s, and --count or --every for more than one")
	}
	return nil
}

// change is what to do with a message; nil leaves it as it is.
type change func(*mqtt.Message) error

// encode returns the change that --encode asks for.
func (o *changeOptions) encode() (change, error) {
	if o.Encode == "" {
		return nil, nil
	}
	encode, err := format.NewEncode(o.Encode)
	if err != nil {
		return nil, fmt.Errorf("pub: %w", err)
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

// fill returns the change that --template asks for, with m as the template.
func (o *pubOptions) fill(m mqtt.Message, env *Env) (change, error) {
	t, err := pub.NewTemplate(pub.TemplateText{Topic: m.Topic, Payload: string(m.Payload), Now: env.Now, Getenv: env.Getenv})
	if err != nil {
		return nil, usagef("%s: --template: %w\nhint: %s", o.who(), err, templateHint)
	}
	return t.Fill, nil
}

const templateHint = `{{seq}} {{now}} {{uuid}} {{rand 20 30}} {{env "NAME"}} are what a template can hold`

// then returns the change that makes both, nil when there is none to make.
func (f change) then(g change) change {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func(m *mqtt.Message) error {
		if err := f(m); err != nil {
			return err
		}
		return g(m)
	}
}

// each returns src with each message changed.
func (f change) each(src messages) messages {
	if f == nil {
		return src
	}
	return pub.Change(src, f)
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
