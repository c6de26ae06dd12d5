package cmd

import (
	"strings"

	"github.com/spf13/pflag"

	"mqt/bench/pace"
	"mqt/internal/mqtt"
)

// benchLoad says what is published, and how fast.
type benchLoad struct {
	Topics  []string // -t
	Filters []string // --filter; in sub, -t
	QoS     qos
	Retain  bool
	Sizes   sizes  // -s
	Message string // -m
	Headers []string
	Window  int // -F

	sized bool // -s was given

	Rate    perSecond
	Every   float64 // -I, in milliseconds; 0 is as fast as possible
	Arrival string
	Stages  []pace.Stage
	Late    string
}

// mostInFlight is how many packet identifiers there are.
const mostInFlight = 65535

func (o *benchLoad) bind(f *pflag.FlagSet, s scenario) {
	if s.name == "sub" {
		f.StringArrayVarP(&o.Filters, "topic", "t", nil, "subscribe to topic `filter`, with %u %c %i as in bench pub; may be repeated")
		f.VarP(&o.QoS, "qos", "q", "highest quality of service `level` to receive: 0, 1 or 2")
		return
	}
	if s.name == "will" {
		f.VarP(&o.QoS, "qos", "q", "quality of service `level` of the wills: 0, 1 or 2")
		return
	}
	f.StringArrayVarP(&o.Topics, "topic", "t", nil, "publish to `topic`: %u is the user name, %c the client identifier, %i its number, %s a running number, %rand_N a random number below N")
	if s.roles.subscribers > 0 {
		f.StringArrayVar(&o.Filters, "filter", nil, "subscribers subscribe to `filter`, with %u %c %i; may be repeated")
	}
	o.Sizes = sizes{{Bytes: 256, Weight: 1}}
	f.VarP(&o.QoS, "qos", "q", "quality of service `level`: 0, 1 or 2")
	f.BoolVarP(&o.Retain, "retain", "r", false, "publish retained messages")
	f.VarP(&o.Sizes, "size", "s", "payloads have so many `bytes`, 16 at least; several, 16,256:3, are taken at random, 256 three times as often")
	f.StringVarP(&o.Message, "message", "m", "", "payloads end with this `text`, or with what a file holds, its placeholders filled for each message: template://FILE")
	f.StringSliceVar(&o.Headers, "payload-hdrs", nil, "add user properties (MQTT 5) to messages: `ts`, cnt64 or both, ts,cnt64")
	f.IntVarP(&o.Window, "inflight", "F", 0, "at most `n` messages of a publisher are sent and not acknowledged, at QoS 1 and 2; 0 is as many as can be (default 65535, without --rate 20)")
}

func (o *benchLoad) bindRate(f *pflag.FlagSet, s scenario) {
	f.Var(&o.Rate, "rate", "publish `n` messages a second in all, such as 1000 or 50k; 0 is as fast as the broker delivers")
	if s.name == "pub" {
		f.Float64VarP(&o.Every, "interval-of-msg", "I", 1000, "or each client publishes every so many `milliseconds`; 0 is as fast as possible")
	}
	f.StringVar(&o.Arrival, "arrival", "constant", "messages are due in this `way`: "+strings.Join(arrivals(), ", "))
	f.Var((*stagesFlag)(&o.Stages), "stages", "rates over time, as in `30s:1000,1m:50k`: straight lines to each rate; 30s:=1000 holds one")
	o.Late = "queue"
	f.Var(oneOf{&o.Late, []string{"queue", "skip"}}, "late", "messages that cannot be sent in time are sent late (`queue`) or not at all (skip)")
}

// arrivals are the words of --arrival, the default first.
func arrivals() []string {
	var names []string
	for _, w := range pace.Ways() {
		names = append(names, w.Name)
	}
	return names
}

func (o *benchLoad) finish(f *pflag.FlagSet) error {
	o.sized = f.Changed("size")
	for _, text := range o.Topics {
		if err := mqtt.CheckTopic(text); err != nil {
			return usagef("bench: -t %q %w", text, err)
		}
	}
	for _, text := range o.Filters {
		if _, err := parseFilter("bench: filter", text); err != nil {
			return err
		}
	}
	if len(o.Topics) > 1 {
		return usagef("bench: publishers have one topic, -t is given %d times\nhint: %%i, %%s and %%rand_N in it make many", len(o.Topics))
	}
	for _, h := range o.Headers {
		if h != "ts" && h != "cnt64" {
			return usagef("bench: --payload-hdrs %q is none of ts, cnt64", h)
		}
	}
	switch {
	case o.Window < 0 || o.Window > mostInFlight:
		return usagef("bench: -F %d: from 1 to %d messages can be in flight", o.Window, mostInFlight)
	case o.sized && f.Changed("message") && !strings.HasPrefix(o.Message, templatePrefix):
		return usagef("bench: -s and -m cannot be used together: the text makes the size")
	case len(o.Sizes) > 1 && f.Changed("message"):
		return usagef("bench: -s is one size with -m %sFILE: that of %%RANDOM%%", templatePrefix)
	}
	if f.Changed("inflight") && o.Window == 0 {
		o.Window = mostInFlight // as emqtt_bench has it
	}
	return o.finishRate(f)
}

func (o *benchLoad) finishRate(f *pflag.FlagSet) error {
	for _, pair := range [][2]string{{"stages", "rate"}, {"stages", "arrival"}, {"stages", "interval-of-msg"}, {"rate", "interval-of-msg"}} {
		if f.Changed(pair[0]) && f.Changed(pair[1]) {
			return usagef("bench: --%s and --%s cannot be used together", pair[0], pair[1])
		}
	}
	switch {
	case !(o.Every >= 0):
		return usagef("bench: -I %v: the interval is not negative", o.Every)
	case f.Lookup("rate") != nil && f.Changed("arrival") && o.Rate == 0 && f.Lookup("interval-of-msg") == nil:
		return usagef("bench: --arrival needs --rate")
	case f.Changed("late") && o.Rate == 0 && o.Stages == nil && o.Every == 0:
		return usagef("bench: --late needs --rate or --stages")
	}
	if f.Changed("stages") || f.Changed("rate") {
		o.Every = 0
	}
	return nil
}

// total returns the messages a second that n publishers make; 0 is as fast
// as possible.
func (o *benchLoad) total(n int) float64 {
	if o.Every > 0 {
		return float64(n) * 1000 / o.Every
	}
	return float64(o.Rate)
}
