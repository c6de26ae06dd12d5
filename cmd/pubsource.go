package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"mqt/internal/mqtt"
	"mqt/pub"
)

// messages are what a source yields.
type messages = iter.Seq2[mqtt.Message, error]

// source opens the input. What is one message is read at once, before there is
// a connection; what is a stream is read under the context that is passed to
// the result.
func (o *pubOptions) source(ctx context.Context, env *Env) (func(context.Context) messages, error) {
	encode, err := o.Change.encode()
	if err != nil {
		return nil, err
	}
	m := mqtt.Message{Topic: o.Topic, QoS: mqtt.QoS(o.QoS), Retain: o.Retain, Props: o.Conn.Props.Publish}
	if o.Input.stream() {
		return func(ctx context.Context) messages {
			return encode.each(o.stream(ctx, m, env.Stdin))
		}, nil
	}
	if m.Payload, err = o.payload(ctx, env); err != nil {
		return nil, err
	}
	var each change
	if o.Change.Template {
		if each, err = o.fill(m, env); err != nil {
			return nil, err
		}
		each = each.then(encode)
	} else if encode != nil { // once is enough
		if err := encode(&m); err != nil && o.Input == inputMessage {
			return nil, usagef("%s: -m: %w", o.who(), err)
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", o.who(), err)
		}
	}
	return func(ctx context.Context) messages {
		return each.each(pub.Repeat(ctx, m, o.times(), o.RepeatDelay.duration()))
	}, nil
}

// stream returns the messages that r holds, in the image of m.
func (o *pubOptions) stream(ctx context.Context, m mqtt.Message, r io.Reader) messages {
	if o.Input == inputNDJSON {
		return o.override(o.Stream.records(ctx, r))
	}
	r = pub.Interruptible(ctx, r)
	switch o.Input {
	case inputZero:
		return pub.Split(m, r, 0)
	case inputTopics:
		lines := pub.TopicLines{Separator: o.Separator, Ending: '\n'}
		if o.Zero {
			lines.Ending = 0
		}
		return lines.Messages(m, r)
	}
	return pub.Lines(m, r)
}

// payload returns what is one message.
func (o *pubOptions) payload(ctx context.Context, env *Env) ([]byte, error) {
	switch o.Input {
	case inputMessage:
		return []byte(o.Message), nil
	case inputFile:
		b, err := pub.ReadFile(ctx, o.File)
		if o.File == "-" {
			err = hint(err, "-s publishes standard input")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: -f: %w", o.who(), err)
		}
		return b, nil
	case inputStdin:
		b, err := pub.ReadStdin(ctx, env.Stdin)
		if errors.Is(err, pub.ErrNoInput) {
			err = hint(err, "-n publishes an empty message")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: -s: %w", o.who(), err)
		}
		return b, nil
	}
	return nil, nil
}

// override lets -q and -r win over what the records say.
func (o *pubOptions) override(src messages) messages {
	if !o.HasQoS && !o.Retain {
		return src
	}
	return func(yield func(mqtt.Message, error) bool) {
		for m, err := range src {
			if o.HasQoS {
				m.QoS = mqtt.QoS(o.QoS)
			}
			m.Retain = m.Retain || o.Retain
			if !yield(m, err) {
				return
			}
		}
	}
}
