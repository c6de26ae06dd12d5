package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
	"mqt/pub"
)

// pubOptions are the flags of mqt pub.
type pubOptions struct {
	Conn connOptions

	Topic   string // -t, or the URL's
	QoS     qos
	Retain  bool
	HasQoS  bool // -q was given
	Input   pubInput
	Message string // of inputMessage
	File    string // of inputFile

	Separator string // --topic-line
	Zero      bool   // -0, also beside --topic-line

	Repeat      int
	RepeatDelay seconds
	Stream      streamOptions
	Change      changeOptions

	command string // whose flags these are; empty: pub
}

// who begins the errors about the flags.
func (o *pubOptions) who() string { return cmp.Or(o.command, "pub") }

// pubInput says where messages come from: the flag that chose it.
type pubInput string

const (
	inputMessage pubInput = "message"
	inputFile    pubInput = "file"
	inputStdin   pubInput = "stdin-file"
	inputLines   pubInput = "stdin-line"
	inputZero    pubInput = "stdin-null"
	inputTopics  pubInput = "topic-line"
	inputNull    pubInput = "null-message"
	inputNDJSON  pubInput = "ndjson"
)

// stream reports whether the input is any number of messages.
func (in pubInput) stream() bool {
	return in == inputLines || in == inputZero || in == inputTopics || in == inputNDJSON
}

const pubExample = `  mqt pub -t sensors/kitchen -m 21.5
  mqt pub -h broker.example.com -u alice --password-file pw -t a/b -f a.json
  tail -f app.log | mqt pub -t logs/app -l
  mqt sub -t '#' -o ndjson | mqt pub --ndjson -h other.example.com
  mqt pub -t a/b -n -r                       remove the retained message`

const inputHint = "give one of -m TEXT, -f FILE, -s, -l, -0, --topic-line, -n, --ndjson"

func newPub(env *Env, run func(context.Context, *Env, *pubOptions) error) *cobra.Command {
	o := &pubOptions{}
	c := &cobra.Command{
		Use:     "pub [flags]",
		Short:   "publish messages",
		Long:    "Publish a message, a file, standard input, its lines, or recorded messages.",
		Example: pubExample,
		Args:    o.noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.finish(c); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	addGroup(c, "Message", func(f *pflag.FlagSet) { o.bind(f); o.Change.bind(f) })
	addGroup(c, "How many, and when", func(f *pflag.FlagSet) { o.Stream.bind(f); o.Stream.bindReplay(f) })
	o.Conn.bind(c, "publish")
	o.Conn.offerTopics(c, env, "topic", "will-topic")
	return c
}

func (o *pubOptions) bind(f *pflag.FlagSet) {
	f.StringVarP(&o.Topic, "topic", "t", "", "publish to `topic`")
	f.StringVarP(&o.Message, "message", "m", "", "publish this `text`")
	f.StringVarP(&o.File, "file", "f", "", "publish what `file` holds, as one message")
	f.BoolP("stdin-file", "s", false, "publish all of standard input as one message")
	f.BoolP("stdin-line", "l", false, "publish each line of standard input as a message")
	f.BoolVarP(&o.Zero, "stdin-null", "0", false, "publish what stands between NULs on standard input as a message each, as \"find -print0\" writes it")
	f.StringVar(&o.Separator, "topic-line", "", "publish each line of standard input to the topic before its first `separator` (default a space; \\t is a tab)")
	f.Lookup("topic-line").NoOptDefVal = " "
	f.BoolP("null-message", "n", false, "publish an empty message")
	f.Bool("ndjson", false, "publish the records on standard input, as \"mqt sub -o ndjson\" writes them")
	f.VarP(&o.QoS, "qos", "q", "quality of service `level`: 0, 1 or 2")
	f.BoolVarP(&o.Retain, "retain", "r", false, "ask the broker to keep the message for later subscribers")
	f.IntVar(&o.Repeat, "repeat", 1, "publish the message `n` times")
	f.Var(&o.RepeatDelay, "repeat-delay", "wait so many `seconds` after each delivery before the next")
}

func (o *pubOptions) finish(c *cobra.Command) error {
	if err := o.Conn.finish(c); err != nil {
		return fmt.Errorf("pub: %w", err)
	}
	f := c.Flags()
	o.HasQoS = f.Changed("qos")
	o.Separator = strings.ReplaceAll(o.Separator, `\t`, "\t") // which is hard to type
	given := o.inputs(f)
	switch {
	case f.Changed("topic-line") && o.Separator == "":
		return usagef("pub: --topic-line: the separator is empty")
	case len(given) > 1:
		return usagef("pub: %s cannot be used together\nhint: %s", strings.Join(given, " and "), inputHint)
	case len(given) == 0:
		return usagef("pub: nothing to publish\nhint: %s", inputHint)
	}
	if f.Changed("repeat") || f.Changed("repeat-delay") {
		if o.Input.stream() {
			return usagef("pub: %s and --repeat cannot be used together", given[0])
		}
		if o.Repeat < 1 {
			return usagef("pub: --repeat %d: a message is published once or more often", o.Repeat)
		}
	}
	if err := o.Stream.check("pub", f); err != nil {
		return err
	}
	if err := o.checkChange(); err != nil {
		return err
	}
	return o.checkTopic(f)
}

// noArgs also knows that a separator is often typed as a word of its own.
func (o *pubOptions) noArgs(c *cobra.Command, args []string) error {
	if len(args) == 1 && c.Flags().Changed("topic-line") {
		return usagef("pub: unexpected word %q\nhint: a separator is part of its flag: --topic-line=%s", args[0], args[0])
	}
	return noArgs(c, args)
}

// inputs sets Input and returns the flags that choose one.
func (o *pubOptions) inputs(f *pflag.FlagSet) []string {
	var given []string
	for _, in := range []pubInput{inputMessage, inputFile, inputStdin, inputLines, inputZero, inputTopics, inputNull, inputNDJSON} {
		name := string(in)
		if !f.Changed(name) || in == inputZero && f.Changed(string(inputTopics)) {
			continue
		}
		o.Input = in
		given = append(given, flagName(f.Lookup(name)))
	}
	return given
}

func (o *pubOptions) checkTopic(f *pflag.FlagSet) error {
	if o.Input == inputNDJSON {
		if f.Changed("topic") {
			return usagef("pub: -t and --ndjson cannot be used together: each record has its topic")
		}
		if len(o.Conn.Props.Publish) > 0 {
			return usagef("pub: -D publish and --ndjson cannot be used together: each record has its properties")
		}
		return nil
	}
	if o.Input == inputTopics {
		if f.Changed("topic") {
			return usagef("pub: -t and --topic-line cannot be used together: each line has its topic")
		}
		return nil
	}
	if !f.Changed("topic") {
		topic, err := urlTopic(o.Conn.URL)
		if err != nil {
			return usagef("pub: -L: topic: %w", err)
		}
		if o.Topic = topic; topic == "" {
			return usagef("pub: no topic to publish to\nhint: give -t TOPIC")
		}
	}
	if o.Change.Template {
		return nil // it is a topic once it is filled in
	}
	return topicError("pub", o.Topic)
}

func topicError(command, topic string) error {
	err := mqtt.CheckTopic(topic)
	if err == nil {
		return nil
	}
	return hint(usagef("%s: topic %q %w", command, shorten(topic, 80), err), topicHint(err))
}

// topicHint returns what to do about a topic that is none.
func topicHint(err error) string {
	switch {
	case errors.Is(err, mqtt.ErrTopicWildcard):
		return "wildcards are for mqt sub; publish to one topic"
	case errors.Is(err, mqtt.ErrTopicEmpty):
		return "a topic has at least one character, such as a/b"
	case errors.Is(err, mqtt.ErrTopicUTF8):
		return "write it in UTF-8"
	}
	return ""
}

// shorten cuts s after n bytes.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

func runPub(ctx context.Context, env *Env, o *pubOptions) error {
	ctx = env.catch(ctx, o.signalDelay())
	src, err := o.source(ctx, env)
	if err != nil {
		return err
	}
	m := o.meter(env)
	t, err := o.Conn.prepare(ctx, env)
	if err != nil {
		return err
	}
	if done, err := o.once(ctx, env, t, src); done {
		return err
	}
	s, err := o.Conn.dial(ctx, env, t)
	if err != nil {
		return err
	}
	work, stop := s.bound(ctx)
	stats, err := pub.Run(work, s, counted(m, o.Stream.shape(work, src(work))), pub.Options{OneByOne: o.RepeatDelay > 0})
	stop()
	closed := s.close(ctx)
	if err == nil {
		err = closed
	}
	return o.explain(env, s, stats, err)
}

// explain says what the outcome means for the messages.
func (o *pubOptions) explain(env *Env, s *session, stats pub.Stats, err error) error {
	var refused *mqtt.ReasonError
	var signal *SignalError
	switch {
	case err == nil:
		if o.Conn.Debug {
			env.notef("%s published", count(int(stats.Sent), "message"))
		}
		return nil
	case errors.As(err, &signal):
		if n := stats.Pending() + stats.Lost; n > 0 && !o.Conn.Quiet {
			env.notef("interrupted: %d of %d messages were not acknowledged", n, stats.Sent)
		}
		return err
	case errors.As(err, &refused) && stats.Refused > 0:
		what := fmt.Sprintf("publish %q: %s", o.Topic, refused.Code)
		if o.Topic == "" {
			what = "publish: " + refused.Code.String()
		}
		if refused.Reason != "" {
			what += ": " + refused.Reason
		}
		if stats.Sent > 1 {
			what += fmt.Sprintf(" (%d of %d messages refused)", stats.Refused, stats.Sent)
		}
		return &brief{what + s.who(refused.Code), err}
	}
	return lossError(s, stats, err)
}

// lossError says how many messages did not arrive with a broken connection.
func lossError(s *session, stats pub.Stats, err error) error {
	var lost *pub.LostError
	n := stats.Pending() + stats.Lost
	if n == 0 || errors.As(err, &lost) || s.Err() == nil {
		return fmt.Errorf("publish: %w", err)
	}
	return &brief{fmt.Sprintf("publish: %d of %d messages were not acknowledged: %s", n, stats.Sent, cause(err)), err}
}
