package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"

	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
	"mqt/internal/rr"
	"mqt/pub"
)

const commandHint = "name a program that reads the request and writes the response, such as 'jq .a'"

// finishResponder is finish for --responder.
func (o *rrOptions) finishResponder(f *pflag.FlagSet) error {
	var odd *pflag.Flag
	f.Visit(func(flag *pflag.Flag) {
		switch flag.Name {
		case "message", "file", "stdin-file", "null-message", "encode", "template", "every", "rate", "latency":
			odd = flag
		}
		if group := flag.Annotations[inGroup]; len(group) > 0 && group[0] == "Output" {
			odd = flag
		}
	})
	words, err := splitWords(o.Responder)
	switch {
	case odd != nil:
		return usagef("rr: %s and --responder cannot be used together: the command makes the responses", flagName(odd))
	case err != nil:
		return hint(usagef("rr: --responder %q %w", o.Responder, err), commandHint)
	case o.Workers < 1:
		return usagef("rr: --workers %d: it is 1 or more", o.Workers)
	case o.In.Conn.Props.Publish.Has(mqtt.PropCorrelationData):
		return usagef("rr: -D publish correlation-data and --responder cannot be used together: each response has its request's")
	case f.Changed("count") && o.In.Stream.Count == 0:
		return usagef("rr: --count 0: the count is 1 or more")
	}
	o.Command = words
	if o.Response != "" {
		if err := topicError("rr: -e", o.Response); err != nil {
			return err
		}
	}
	_, err = parseFilter("rr: -t", o.In.Topic)
	return err
}

func runResponder(ctx context.Context, env *Env, o *rrOptions) error {
	filter, err := parseFilter("rr: -t", o.In.Topic)
	if err != nil {
		return err
	}
	if _, err := exec.LookPath(o.Command[0]); err != nil {
		return hint(fmt.Errorf("rr: --responder: %w", err), commandHint)
	}
	s, err := o.In.Conn.connectToReceive(ctx, env)
	if err != nil {
		return err
	}
	work, stop := s.bound(ctx)
	err = rr.Respond(work, s, rr.Responder{
		Requests:       mqtt.Subscription{Filter: filter, QoS: mqtt.QoS(o.In.QoS), RetainHandling: o.Out.retainHandling(), RetainAsPublished: o.Out.RetainAsPublished},
		SubscribeProps: o.In.Conn.Props.Subscribe,
		Topic:          o.Response,
		QoS:            mqtt.QoS(o.In.QoS),
		Props:          o.In.Conn.Props.Publish,
		Workers:        o.Workers,
		Count:          o.In.Stream.Count,
		DropRetained:   o.Out.DropRetained,
		Answer:         func(ctx context.Context, m mqtt.Message) ([]byte, error) { return o.execute(ctx, env, m) },
		Unanswered:     func(m mqtt.Message, why error) { env.notef("no response to %q: %v", m.Topic, why) },
	})
	stop()
	if closed := s.close(ctx); err == nil {
		return closed
	}
	return o.explainResponder(s, err)
}

// explainResponder says what the end of the responding was about.
func (o *rrOptions) explainResponder(s *session, err error) error {
	var refused *mqtt.ReasonError
	if errors.As(err, &refused) && refused.Op == "subscribe" {
		return &brief{fmt.Sprintf("subscribe %q: %s", o.In.Topic, refused.Code) + s.who(refused.Code), err}
	}
	return fmt.Errorf("rr: %w", s.named(err))
}

// execute runs the command with the request's payload and returns its output.
func (o *rrOptions) execute(ctx context.Context, env *Env, m mqtt.Message) ([]byte, error) {
	if o.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, o.Timeout.duration(), fmt.Errorf("not done within %v", o.Timeout.duration()))
		defer stop()
	}
	c := exec.CommandContext(ctx, o.Command[0], o.Command[1:]...)
	c.Stdin = bytes.NewReader(m.Payload)
	c.Stderr = env.Stderr
	c.WaitDelay = commandGrace
	c.Env = append(c.Environ(), "MQT_TOPIC="+m.Topic, "MQT_RESPONSE_TOPIC="+rr.ResponseTopic(m, o.Response), "MQT_QOS="+strconv.Itoa(int(m.QoS)))
	var out limitedBuffer
	c.Stdout = &out
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case out.full:
		err = errTooMuch
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Command[0], err)
	}
	return out.b.Bytes(), nil
}

var errTooMuch = errors.New("wrote more than an MQTT packet can carry")

// limitedBuffer keeps what fits into a packet.
type limitedBuffer struct {
	b    bytes.Buffer
	full bool
}

// Write fails when the buffer is full.
func (l *limitedBuffer) Write(p []byte) (int, error) {
	if l.b.Len()+len(p) > pub.MaxPayload {
		l.full = true
		return 0, errTooMuch
	}
	return l.b.Write(p)
}
