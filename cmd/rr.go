package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
)

// rrOptions are the flags of mqt rr. It asks as mqt pub publishes, and writes
// responses as mqt sub writes messages; of those two only the flags that rr
// has are ever set.
type rrOptions struct {
	In  pubOptions
	Out subOptions

	Response string // -e
	Latency  bool
	Timeout  seconds // -W, for each response

	Responder string // --responder; empty: ask
	Workers   int
	Command   []string // the words of Responder
}

const rrExample = `  mqt rr -t device/7/cmd -e device/7/answer -m status -W 5
  mqt rr -t echo -e me/answers -m x --latency
  mqt rr -t echo -e me/answers -m x --count 100 --every 0.1 -W 1
  mqt rr -t add -e me/sums -m '{"a":{{rand 1 9}},"b":2}' --template -o json
  mqt rr -t add --responder 'jq .a+.b'        respond, until interrupted`

func newRR(env *Env, run func(context.Context, *Env, *rrOptions) error) *cobra.Command {
	o := &rrOptions{In: pubOptions{command: "rr", Repeat: 1}}
	c := &cobra.Command{
		Use:   "rr [flags]",
		Short: "send a request and wait for the response",
		Long: "Publish a request and write the response that comes on another topic. With MQTT 5 the\n" +
			"request says where to respond, and correlation data tells which response is its own.",
		Example:     rrExample,
		Args:        noArgs,
		Annotations: map[string]string{Notes: templateNotes},
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.finish(c); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	addGroup(c, "Request", o.bindRequest)
	addGroup(c, "How many, and when", o.In.Stream.bind)
	addGroup(c, "Response", o.bindResponse)
	addGroup(c, "Output", o.Out.bindOutput)
	addGroup(c, "Respond instead", o.bindResponder)
	o.In.Conn.bind(c, "publish", "subscribe")
	o.In.Conn.offerTopics(c, env, "topic", "response-topic", "will-topic")
	markV5(c.Flags(), "retain-as-published", "retain-handling")
	return c
}

func (o *rrOptions) bindRequest(f *pflag.FlagSet) {
	in := &o.In
	f.StringVarP(&in.Topic, "topic", "t", "", "publish the request to `topic`")
	f.StringVarP(&in.Message, "message", "m", "", "the request is this `text`")
	f.StringVarP(&in.File, "file", "f", "", "the request is what `file` holds")
	f.BoolP("stdin-file", "s", false, "the request is all of standard input")
	f.BoolP("null-message", "n", false, "the request is empty")
	f.VarP(&in.QoS, "qos", "q", "quality of service `level` of request and response: 0, 1 or 2")
	in.Change.bind(f)
}

func (o *rrOptions) bindResponse(f *pflag.FlagSet) {
	f.StringVarP(&o.Response, "response-topic", "e", "", "wait for the response on `topic`")
	f.VarP(&o.Timeout, "timeout", "W", "wait at most so many `seconds` for each response; exit code 27 when one is missing")
	f.BoolVar(&o.Latency, "latency", false, "write how long the response took")
	f.BoolVarP(&o.Out.DropRetained, "no-retained", "R", false, "a retained message is no response")
	f.BoolVar(&o.Out.RetainAsPublished, "retain-as-published", false, "keep the response's retain flag as the publisher set it")
	f.Var(oneOf{&o.Out.RetainHandling, []string{"always", "new", "never"}}, "retain-handling", "`when` to get retained messages: always, new (subscription), never")
}

func (o *rrOptions) bindResponder(f *pflag.FlagSet) {
	f.StringVar(&o.Responder, "responder", "", "respond to requests that match -t: `command` reads the request and writes the response; no shell is involved")
	f.IntVar(&o.Workers, "workers", 4, "run the command `n` times at once at most")
}

const rrHint = "give one of -m TEXT, -f FILE, -s, -n"

func (o *rrOptions) finish(c *cobra.Command) error {
	if err := o.In.Conn.finish(c); err != nil {
		return fmt.Errorf("rr: %w", err)
	}
	f := c.Flags()
	if err := o.requestTopic(f); err != nil {
		return err
	}
	if f.Changed("responder") {
		return o.finishResponder(f)
	}
	given := o.In.inputs(f)
	o.Out.HasTemplate = f.Changed("format")
	switch {
	case len(given) > 1:
		return usagef("rr: %s cannot be used together\nhint: %s", strings.Join(given, " and "), rrHint)
	case len(given) == 0:
		return usagef("rr: nothing to ask\nhint: %s", rrHint)
	case o.Out.HasTemplate && o.Out.Output != "":
		return usagef("rr: -F and -o cannot be used together")
	case f.Changed("workers"):
		return usagef("rr: --workers is given, but no --responder")
	}
	if err := o.In.Stream.check("rr", f); err != nil {
		return err
	}
	if err := o.In.checkChange(); err != nil {
		return err
	}
	return o.checkTopics()
}

// requestTopic checks what asking and responding have in common.
func (o *rrOptions) requestTopic(f *pflag.FlagSet) error {
	switch {
	case f.Changed("timeout") && o.Timeout == 0:
		return usagef("rr: -W 0: the time is more than 0")
	case o.In.Conn.Props.Publish.Has(mqtt.PropResponseTopic):
		return usagef("rr: -D publish response-topic: -e says where the response goes")
	}
	if !f.Changed("topic") {
		topic, err := urlTopic(o.In.Conn.URL)
		if err != nil {
			return usagef("rr: -L: topic: %w", err)
		}
		if o.In.Topic = topic; topic == "" {
			return usagef("rr: no topic for the request\nhint: give -t TOPIC")
		}
	}
	return nil
}

func (o *rrOptions) checkTopics() error {
	if o.Response == "" {
		return usagef("rr: no topic for the response\nhint: give -e TOPIC")
	}
	if err := topicError("rr: -e", o.Response); err != nil {
		return err
	}
	if o.In.Change.Template {
		return nil // the topic of the request is one once it is filled in
	}
	return topicError("rr", o.In.Topic)
}
