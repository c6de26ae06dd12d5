package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
	"mqt/pub"
	"mqt/sub"
)

// importOptions are the flags and the word of mqt retained import.
type importOptions struct {
	Conn   connOptions
	File   string // - is standard input
	QoS    qos
	HasQoS bool // -q was given

	Timeout seconds
}

const importLong = `Publish the retained messages in FILE, as "mqt retained export" writes it, or
of standard input when FILE is -. Each topic that the broker refuses is named;
the others are imported. Brokers acknowledge nothing at QoS 0, so a refusal
there goes unnoticed: -q 1 imports all messages with acknowledgement.`

func newRetainedImport(env *Env, run func(context.Context, *Env, *importOptions) error) *cobra.Command {
	o := &importOptions{}
	c := &cobra.Command{
		Use:     "import FILE [flags]",
		Short:   "publish saved retained messages",
		Long:    importLong,
		Example: "  mqt retained import backup.ndjson\n  mqt retained import backup.ndjson -q 1 -h other.example.com",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.Conn.finish(c); err != nil {
				return fmt.Errorf("retained import: %w", err)
			}
			if o.Timeout == 0 {
				return usagef("import: --timeout 0: the time is more than 0")
			}
			if len(args) != 1 {
				return usagef("retained import: %d words, not one\nhint: name the file to read, or - for standard input", len(args))
			}
			o.File, o.HasQoS = args[0], c.Flags().Changed("qos")
			return run(c.Context(), env, o)
		},
	}
	addGroup(c, "Retained messages", func(f *pflag.FlagSet) {
		f.VarP(&o.QoS, "qos", "q", "publish with this quality of service `level` instead of the recorded ones")
		o.Timeout = seconds(30 * time.Second)
		f.Var(&o.Timeout, "timeout", "give up when the broker takes nothing for so many `seconds`, with exit code 27")
	})
	o.Conn.bind(c)
	return c
}

func runRetainedImport(ctx context.Context, env *Env, o *importOptions) error {
	in := env.Stdin
	if o.File != "-" {
		f, err := pub.Open(ctx, o.File)
		if err != nil {
			return fmt.Errorf("retained import: %w", err)
		}
		defer f.Close()
		in = f
	}
	var m *meter
	if o.File != "-" || !env.StdinTTY {
		m = env.meter(o.Conn.Quiet, "retained messages imported", partRead(in))
	}
	s, err := o.Conn.connect(ctx, env)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work, stop := s.bound(ctx)
	p := &importer{Publisher: s.Client, env: env, quiet: o.Conn.Quiet, meter: m,
		stall: newStall(o.Timeout.duration(), func() { cancel(sub.ErrTimeout) })}
	stats, err := pub.Run(work, p, o.messages(pub.Interruptible(work, in)), pub.Options{})
	stop()
	m.end()
	if closed := s.close(ctx); err == nil {
		err = closed
	}
	if !o.Conn.Quiet {
		env.notef("%s imported", count(int(stats.Acked), "retained message"))
	}
	return o.explain(env, s, stats, err)
}

// explain says what the outcome means for the messages.
func (o *importOptions) explain(env *Env, s *session, stats pub.Stats, err error) error {
	if errors.Is(err, sub.ErrTimeout) {
		text := fmt.Sprintf("timed out: the broker took nothing for %v; %d of %d messages were not acknowledged", o.Timeout.duration(),
			stats.Pending()+stats.Lost, stats.Sent)
		return hint(&brief{text, err}, "import all of them again, or allow more time with --timeout")
	}
	if err != nil && stats.Refused+stats.Lost+stats.Pending() == 0 && s.Err() == nil && !isSignal(err) {
		return fmt.Errorf("retained import: %w", err) // the file's
	}
	all := pubOptions{Conn: o.Conn, Input: inputNDJSON}
	return all.explain(env, s, stats, err)
}

// messages returns the records of r as retained messages. One without payload
// would remove a message, and is refused.
func (o *importOptions) messages(r io.Reader) messages {
	return func(yield func(mqtt.Message, error) bool) {
		for m, err := range pub.NDJSON(r) {
			m.Retain = true
			if o.HasQoS {
				m.QoS = mqtt.QoS(o.QoS)
			}
			if err == nil && len(m.Payload) == 0 {
				err = hint(fmt.Errorf("the record of %q has no payload, which would remove the retained message", shorten(m.Topic, 80)),
					"mqt pub --ndjson -r publishes it as it is")
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// namedRefusals is how many topics are named that the broker refuses.
const namedRefusals = 20

// importer publishes, and tells on standard error what was refused and, on a
// terminal, how many were not.
type importer struct {
	pub.Publisher
	env   *Env
	quiet bool
	meter *meter
	stall *stall

	mu      sync.Mutex // guards the fields below
	done    int
	refused int
}

// PublishAsync publishes m.
func (p *importer) PublishAsync(m mqtt.Message, done func(error)) error {
	topic := m.Topic
	p.stall.asked()
	err := p.Publisher.PublishAsync(m, func(err error) {
		p.stall.answered()
		p.settle(topic, err)
		done(err)
	})
	if err != nil { // done is not called
		p.stall.answered()
	}
	return err
}

func (p *importer) settle(topic string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var refusal *mqtt.ReasonError
	switch {
	case err == nil:
		p.done++
		p.meter.done(p.done)
	case errors.As(err, &refusal) && !p.quiet:
		p.refused++
		if p.refused <= namedRefusals {
			p.env.notef("refused: %s: %s", shorten(topic, 80), refusal.Code)
		} else if p.refused == namedRefusals+1 {
			p.env.notef("refused: more topics")
		}
	}
}
