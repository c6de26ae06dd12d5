package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"mqt/format"
	"mqt/internal/mqtt"
	"mqt/sub"
)

// subPlan is what becomes of the messages that arrive.
type subPlan struct {
	decoder *format.Decoder         // nil: payloads stay as they are
	keep    func(mqtt.Message) bool // nil: all
	quiet   bool
	subOutput
}

// plan makes everything that the flags ask for and that needs no connection.
func (o *subOptions) plan(env *Env) (*subPlan, error) {
	p := &subPlan{quiet: o.Conn.Quiet}
	var err error
	if o.Decode != "" {
		do := format.DecodeOptions{ProtoFile: o.ProtoFile, Message: o.ProtoMessage}
		if p.decoder, err = format.NewDecoder(o.Decode, do); err != nil {
			return nil, decoderError(err)
		}
	}
	if p.keep, err = o.keep(); err != nil {
		return nil, err
	}
	p.subOutput, err = o.output(env)
	return p, err
}

// decoderError sorts a file that cannot be read from one that is wrong.
func decoderError(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("--proto: %w", err)
	}
	return usagef("--proto: %w", err)
}

// begin puts the plan into the options of the subscription that follows, and
// ends with ctx.
func (p *subPlan) begin(ctx context.Context, ro *sub.Options) {
	p.start(ctx)
	ro.Keep, ro.Flush = p.keep, p.out.Flush
	if p.decoder != nil {
		ro.Decode = p.decoder.Decode
	}
}

// end closes the output and says what went wrong without ending the
// subscription. It returns err, or else the error of the output.
func (p *subPlan) end(env *Env, stats sub.Stats, err error) error {
	if errors.Is(err, sub.ErrBlocked) {
		return err // all of it may still be in use
	}
	if closed := p.close(); err == nil {
		err = closed
	}
	if p.decoder != nil && p.decoder.Failed() > 0 && !p.quiet {
		env.notef("%d of %d payloads could not be decoded as %s and were left as they are", p.decoder.Failed(), stats.Received, p.decoder.Name())
	}
	return err
}

// keep returns the conditions of --where, --select and --on-change as one
// function; nil keeps all.
func (o *subOptions) keep() (func(mqtt.Message) bool, error) {
	if len(o.Where) == 0 && o.Select == "" && !o.OnChange {
		return nil, nil
	}
	var conditions []format.Where
	for _, text := range o.Where {
		w, err := format.ParseWhere(text)
		if err != nil {
			return nil, usagef("--where: %w", err)
		}
		conditions = append(conditions, w)
	}
	var changes sub.Changes
	return func(m mqtt.Message) bool {
		for i := range conditions {
			if !conditions[i].Match(m) {
				return false
			}
		}
		return o.selected(&changes, m)
	}, nil
}

// selected reports whether there is something to write: what --select finds,
// and with --on-change only if it differs from what was written for the topic
// before.
func (o *subOptions) selected(c *sub.Changes, m mqtt.Message) bool {
	value, ok := m.Payload, true
	if o.Select != "" {
		value, ok = format.Select(m.Payload, o.Select)
	}
	return ok && (!o.OnChange || c.Changed(m.Topic, value))
}
