package cmd

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/format"
	"mqt/internal/mqtt"
)

// subOptions are the flags of mqt sub.
type subOptions struct {
	Conn connOptions

	Topics            []string // -t, and the URL's
	QoS               qos
	Unsubscribe       []string // -U
	FilterOut         []string // -T
	NoLocal           bool
	RetainAsPublished bool
	RetainHandling    string

	Output    string // -o; empty: by where the output goes
	Template  string // -F
	Verbose   bool   // -v
	NoNewline bool   // -N
	Pretty    bool   // --pretty
	Decode    string

	ProtoFile, ProtoMessage string // --proto, --message

	Select   string
	Stats    bool
	OutDir   string
	Append   string
	Exec     string
	Rate     bool // --message-rate
	Watch    bool // -w
	Where    []string
	OnChange bool

	Count          uint64  // -C
	Timeout        seconds // -W
	SubackOnly     bool    // -E
	DropRetained   bool    // -R
	RetainedOnly   bool
	RemoveRetained bool
	RandomFilter   float64

	// Filled from the flags above.
	Subscriptions []mqtt.Subscription
	DropTopics    []mqtt.Filter
	HasTemplate   bool
}

const subExample = `  mqt sub -t 'sensors/#' -v
  mqt sub -t 'sensors/+/temperature' -t 'alerts/#@1' -o ndjson
  mqt sub -t 'sensors/#' --where 'temp > 30' --select temp
  mqt sub -t 'sensors/#' --decode cbor --select temp -v
  mqt sub -t '$SYS/broker/uptime' -C 1 -W 5   one message, within 5 seconds
  mqt sub -t '#' -F '%I %t %p'`

func newSub(env *Env, run func(context.Context, *Env, *subOptions) error) *cobra.Command {
	o := &subOptions{}
	c := &cobra.Command{
		Use:         "sub [flags]",
		Short:       "subscribe and show what arrives",
		Long:        "Subscribe to topic filters and write the messages to standard output.",
		Example:     subExample,
		Args:        noArgs,
		Annotations: map[string]string{Notes: templateNotes + conditionNotes},
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.finish(c); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	addGroup(c, "Subscription", o.bindSubscription)
	addGroup(c, "Output", func(f *pflag.FlagSet) {
		o.bindOutput(f)
		o.bindDestination(f)
	})
	addGroup(c, "Which messages, and when to end", o.bindEnd)
	o.Conn.bind(c, "subscribe", "unsubscribe")
	markV5(c.Flags(), "no-local", "retain-as-published", "retain-handling")
	o.Conn.offerTopics(c, env, "topic", "filter-out", "unsubscribe", "will-topic")
	return c
}

func (o *subOptions) bindSubscription(f *pflag.FlagSet) {
	f.StringArrayVarP(&o.Topics, "topic", "t", nil, "subscribe to topic `filter`; may be repeated; @0, @1 or @2 at its end is its QoS")
	f.VarP(&o.QoS, "qos", "q", "highest quality of service `level` to receive: 0, 1 or 2")
	f.StringArrayVarP(&o.Unsubscribe, "unsubscribe", "U", nil, "end the session's subscription to `filter`; may be repeated")
	f.BoolVar(&o.NoLocal, "no-local", false, "do not receive what this client publishes")
	f.BoolVar(&o.RetainAsPublished, "retain-as-published", false, "keep the retain flag as the publisher set it")
	f.Var(oneOf{&o.RetainHandling, []string{"always", "new", "never"}}, "retain-handling", "`when` to get retained messages: always, new (subscription), never")
}

// bindOutput defines the flags about the form of messages.
func (o *subOptions) bindOutput(f *pflag.FlagSet) {
	f.VarP(oneOf{&o.Output, format.Names()}, "output", "o", "`format`: "+strings.Join(format.Names(), ", ")+
		" (default pretty on a terminal, else text)")
	f.StringVarP(&o.Template, "format", "F", "", "write each message in this `template`: %t topic, %p payload, %q QoS, %I time, %j JSON, %{path} … (see \"mqt man sub\")")
	f.BoolVarP(&o.Verbose, "verbose", "v", false, "put the topic before the payload")
	f.BoolVarP(&o.NoNewline, "no-newline", "N", false, "no line end after each message")
	f.BoolVar(&o.Pretty, "pretty", false, "indent JSON (-o json, %j, %J)")
	f.StringVar(&o.Select, "select", "", "write only the value at this gjson `path` of the payload, and no message without one")
}

// bindDestination defines the flags about what messages are before they are
// written, and where they go.
func (o *subOptions) bindDestination(f *pflag.FlagSet) {
	f.Var(oneOf{&o.Decode, format.DecoderNames()}, "decode", "first turn payloads from this `encoding` into JSON, text or bytes: "+strings.Join(format.DecoderNames(), ", "))
	f.StringVar(&o.ProtoFile, "proto", "", "`file` that describes the message for --decode protobuf")
	f.StringVar(&o.ProtoMessage, "message", "", "`name` of the message in it; not needed when there is only one")
	f.StringVar(&o.OutDir, "out-dir", "", "write each message into a file of its own in `directory`, instead of standard output")
	f.StringVar(&o.Append, "append", "", "write to the end of `file` instead of standard output")
	f.StringVar(&o.Exec, "exec", "", "run `command` for each message, one at a time, without a shell: payload on its standard input, $MQT_TOPIC, $MQT_QOS, $MQT_RETAIN …; when it fails the exit code is 1 in the end")
	f.BoolVarP(&o.Watch, "watch", "w", false, "show the latest message of each topic in a row of its own, which -v begins with the topic")
	f.BoolVar(&o.Rate, "message-rate", false, "write how many messages arrived in each second, instead of the messages")
	f.BoolVar(&o.Stats, "stats", false, "count messages, bytes and topics, and say at the end on standard error")
}

func (o *subOptions) bindEnd(f *pflag.FlagSet) {
	f.StringArrayVar(&o.Where, "where", nil, "keep messages whose payload fulfils `condition`: a gjson path, or path == != < <= > >= =~ value; may be repeated (see \"mqt man sub\")")
	f.BoolVar(&o.OnChange, "on-change", false, "drop messages whose payload, or value at the --select path, is the topic's last one")
	f.StringArrayVarP(&o.FilterOut, "filter-out", "T", nil, "drop messages whose topic matches `filter`; may be repeated")
	f.BoolVarP(&o.DropRetained, "no-retained", "R", false, "drop retained messages")
	f.BoolVar(&o.RetainedOnly, "retained-only", false, "only retained messages; end at the first other one")
	f.BoolVar(&o.RemoveRetained, "remove-retained", false, "remove the retained messages that arrive from the broker")
	f.Float64Var(&o.RandomFilter, "random-filter", 100, "write this `percentage` of the messages, chosen at random")
	f.Uint64VarP(&o.Count, "count", "C", 0, "end after `n` messages")
	f.VarP(&o.Timeout, "timeout", "W", "end after so many `seconds`, with exit code 27")
	f.BoolVarP(&o.SubackOnly, "exit-after-suback", "E", false, "end when the subscriptions are acknowledged")
}

func (o *subOptions) finish(c *cobra.Command) error {
	if err := o.Conn.finish(c); err != nil {
		return fmt.Errorf("sub: %w", err)
	}
	f := c.Flags()
	o.HasTemplate = f.Changed("format")
	if topic, err := urlTopic(o.Conn.URL); err != nil {
		return usagef("sub: -L: topic: %w", err)
	} else if topic != "" && !strings.HasPrefix(o.Conn.URL, "ws") && !strings.HasPrefix(o.Conn.URL, "unix") {
		o.Topics = append(o.Topics, topic)
	}
	if len(o.Topics)+len(o.Unsubscribe) == 0 {
		return usagef("sub: nothing to subscribe to\nhint: give -t FILTER, such as -t '#' for everything")
	}
	switch {
	case o.Decode == "protobuf" && o.ProtoFile == "":
		return usagef("sub: --decode protobuf does not know the message\nhint: give --proto FILE, and --message NAME if the file describes several")
	case o.Decode != "protobuf" && o.ProtoFile+o.ProtoMessage != "":
		return usagef("sub: --proto and --message are for --decode protobuf only")
	case o.DropRetained && o.RetainedOnly:
		return usagef("sub: -R and --retained-only cannot be used together: nothing would be left")
	case f.Changed("count") && o.Count == 0:
		return usagef("sub: -C 0: the count is 1 or more")
	case f.Changed("timeout") && o.Timeout == 0:
		return usagef("sub: -W 0: the time is more than 0")
	case o.RandomFilter <= 0 || o.RandomFilter > 100:
		return usagef("sub: --random-filter %v: a percentage is above 0 and at most 100", o.RandomFilter)
	}
	if err := o.checkOutput(f); err != nil {
		return err
	}
	return o.parseFilters()
}

func (o *subOptions) parseFilters() error {
	for _, text := range o.Topics {
		level := mqtt.QoS(o.QoS)
		name := text
		if n := len(text) - 2; n > 0 && text[n] == '@' && text[n+1] >= '0' && text[n+1] <= '2' {
			name, level = text[:n], mqtt.QoS(text[n+1]-'0')
		}
		filter, err := parseFilter("sub: -t", name)
		if err != nil {
			return err
		}
		if o.NoLocal && filter.ShareGroup() != "" { // [MQTT-3.8.3-4]
			return usagef("sub: --no-local and the shared subscription %q cannot be used together", name)
		}
		o.Subscriptions = append(o.Subscriptions, mqtt.Subscription{Filter: filter, QoS: level, NoLocal: o.NoLocal,
			RetainAsPublished: o.RetainAsPublished, RetainHandling: o.retainHandling()})
	}
	for _, text := range o.FilterOut {
		filter, err := parseFilter("sub: -T", text)
		if err != nil {
			return err
		}
		o.DropTopics = append(o.DropTopics, filter)
	}
	for _, text := range o.Unsubscribe {
		if _, err := parseFilter("sub: -U", text); err != nil {
			return err
		}
	}
	return nil
}

// retainHandling returns the subscription option. -R asks the broker not to
// send what would be dropped, unless --retain-handling says otherwise.
func (o *subOptions) retainHandling() mqtt.RetainHandling {
	switch o.RetainHandling {
	case "new":
		return mqtt.RetainSendIfNew
	case "never":
		return mqtt.RetainDontSend
	}
	return mqtt.RetainSend
}

func parseFilter(flag, text string) (mqtt.Filter, error) {
	filter, err := mqtt.ParseFilter(text)
	if err != nil {
		return filter, hint(usagef("%s %q %w", flag, shorten(text, 80), err), filterHint(text))
	}
	return filter, nil
}

func filterHint(text string) string {
	switch {
	case text == "":
		return "a filter has at least one character; '#' is everything"
	case !utf8.ValidString(text):
		return "write it in UTF-8"
	case strings.HasPrefix(text, "$share"):
		return "a shared subscription looks like $share/group/a/#"
	case strings.Contains(text, "*"):
		return "the wildcards are + for one level and # for the rest"
	case strings.ContainsAny(text, "+#"):
		return "+ stands for one whole level, # for all that follow, as in a/+/c or a/#"
	}
	return ""
}
