package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"

	"mqt/internal/compat"
	"mqt/internal/mqtt"
	"mqt/pub"
)

// mosquittoPub is mosquitto_pub.
func mosquittoPub(ctx context.Context, env *Env) int {
	m, code := parseMosquitto(env, compat.Pub)
	if m == nil {
		return code
	}
	p := m.publication()
	ctx = env.catch(ctx, p.signalDelay())
	src, err := p.source(ctx, env)
	if err != nil {
		return m.failInput(err)
	}
	if len(m.o.Topics) == 0 || m.o.Input == compat.NoInput {
		fmt.Fprintln(env.Stderr, "Error: Both topic and message must be supplied.")
		fmt.Fprint(env.Stdout, compat.Usage(m.p))
		return exitFailed
	}
	t, err := m.target()
	if err != nil {
		return m.fail(err)
	}
	t.Client.NoReconnect = m.o.Input != compat.Lines
	if done, code := m.once(ctx, t, p, src); done {
		return code
	}
	connect := m.connect
	if m.o.Input == compat.Lines {
		connect = m.connectOn
	}
	s, err := connect(ctx, t, env.Stdout, nil)
	if err != nil {
		return m.failConnect(err)
	}
	work, stop := s.boundBy(ctx, func() { _ = s.Close() }) // a signal: no DISCONNECT
	_, err = pub.Run(work, &warned{Publisher: s, m: m, connack: s.ConnackProps}, src(work), pub.Options{OneByOne: m.o.Input != compat.Lines})
	stop()
	return m.endPub(ctx, s, err)
}

// once publishes a single message in the shortest way there is, unless -d wants
// to know of the packets. When it is not done, nothing has been published.
func (m *mosquitto) once(ctx context.Context, t *target, p *pubOptions, src func(context.Context) messages) (done bool, code int) {
	if m.o.Debug || !p.single() {
		return false, exitDone
	}
	done, err := sendFirst(ctx, m.options(t), src)
	var op *net.OpError
	switch {
	case !done:
		return false, exitDone
	case errors.As(err, &op) && op.Op == "write":
		m.errorf("Error: The connection was lost.")
		return true, mosquittoLost
	case err != nil:
		return true, m.failConnect(m.failed(ctx, t, err))
	}
	_ = t.closer.Close() // a key log
	return true, exitDone
}

// publication is what is published, in the terms of mqt pub.
func (m *mosquitto) publication() *pubOptions {
	o := m.o
	p := &pubOptions{QoS: qos(o.QoS), Retain: o.Retain, Repeat: o.Repeat, RepeatDelay: seconds(o.RepeatDelay),
		Message: o.Message, File: o.File}
	if len(o.Topics) > 0 {
		p.Topic = o.Topics[0]
	}
	if o.Version == mqtt.V5 {
		p.Conn.Props.Publish = o.PublishProps
	}
	switch o.Input {
	case compat.Message:
		p.Input = inputMessage
	case compat.File:
		p.Input = inputFile
	case compat.StdinAll:
		p.Input = inputStdin
	case compat.Lines:
		p.Input = inputLines
	default:
		p.Input = inputNull
	}
	return p
}

// failInput reports that there is nothing to publish.
func (m *mosquitto) failInput(err error) int {
	var signal *SignalError
	var path *fs.PathError
	switch {
	case errors.As(err, &signal):
		return exitSignal + signal.Number
	case errors.Is(err, pub.ErrNoInput):
		m.errorf("Error: Zero length input.")
	case errors.As(err, &path):
		m.errorf("Error: Unable to read file \"%s\": %s.", m.o.File, capital(path.Err.Error()))
	default:
		m.errorf("Error: Message length must be less than %d bytes.", pub.MaxPayload+1)
	}
	if m.o.Input == compat.File {
		m.errorf("Error loading input file \"%s\".", m.o.File)
	} else {
		m.errorf("Error loading input from stdin.")
	}
	return exitFailed
}

// failConnect reports that there is no connection; a refusal of the broker's
// takes two lines, except for -l.
func (m *mosquitto) failConnect(err error) int {
	var signal *SignalError
	if errors.As(err, &signal) {
		return exitSignal + signal.Number
	}
	code := m.fail(err)
	var refused *refusalError
	if errors.As(err, &refused) && m.o.Input != compat.Lines {
		m.errorf("Error: The connection was refused.")
	}
	return code
}

// endPub says goodbye, except after a signal: mosquitto_pub dies of it, and
// the broker publishes the will.
func (m *mosquitto) endPub(ctx context.Context, s *session, err error) int {
	var signal *SignalError
	var refused *mqtt.ReasonError
	if errors.As(err, &signal) || errors.As(context.Cause(ctx), &signal) {
		_ = s.Close() // nothing more is to be said to the broker
		return exitSignal + signal.Number
	}
	closed := s.close(ctx)
	if err == nil {
		err = closed
	}
	switch {
	case err == nil:
		return exitDone
	case s.Err() == nil && !errors.As(err, &refused):
		return m.fail(err)
	case errors.As(err, &refused) && refused.Op == "connect":
		return m.fail(m.refusal(refused))
	case errors.As(err, &refused) && beyond(refused):
		return m.failBeyond(refused)
	}
	m.errorf("Error: The connection was lost.")
	return mosquittoLost
}

// beyond reports whether a message was not sent because the broker has said in
// CONNACK that it does not take such ones.
func beyond(refused *mqtt.ReasonError) bool {
	switch refused.Code {
	case mqtt.QoSNotSupported, mqtt.PacketTooLarge, mqtt.TopicAliasInvalid:
		return refused.Op == "" || refused.Op == "publish"
	}
	return false
}

// failBeyond reports such a message. For mosquitto's clients most are no failure.
func (m *mosquitto) failBeyond(refused *mqtt.ReasonError) int {
	switch refused.Code {
	case mqtt.QoSNotSupported:
		m.errorf("Error: Message QoS not supported on broker, try a lower QoS.")
	case mqtt.PacketTooLarge:
		m.errorf("Error: Message payload is too large.")
	default: // a topic alias: the broker would have closed the connection
		m.errorf("Error: The connection was lost.")
		return mosquittoLost
	}
	return exitDone
}

// warned is a publisher whose broker's refusals are warnings, as they are for
// mosquitto_pub. To a broker that retains nothing it publishes all the same.
type warned struct {
	pub.Publisher
	m       *mosquitto
	connack func() mqtt.Properties
	n       uint16 // the last message's packet identifier
}

// PublishAsync implements pub.Publisher.
func (w *warned) PublishAsync(msg mqtt.Message, done func(error)) error {
	w.n++
	if w.n == 0 {
		w.n = 1
	}
	id := w.n
	if msg.Retain {
		available, said := w.connack().Uint(mqtt.PropRetainAvailable)
		msg.Retain = !said || available != 0
	}
	warn := func(err error) error {
		var refused *mqtt.ReasonError
		if !errors.As(err, &refused) || refused.Op != "publish" {
			return err
		}
		w.m.errorf("Warning: Publish %d failed: %s.", id, reasonText(refused.Code))
		if refused.Reason != "" {
			w.m.errorf("%s", refused.Reason)
		}
		return nil
	}
	if msg.QoS == mqtt.AtMostOnce {
		return w.Publisher.PublishAsync(msg, done)
	}
	return w.Publisher.PublishAsync(msg, func(err error) { done(warn(err)) })
}
