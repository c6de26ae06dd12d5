package cmd

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"mqt/bench/pace"
	"mqt/bench/result"
	"mqt/internal/mqtt"
)

// checkTogether refuses what groups of flags say against each other, and fills
// in what one leaves to another.
func (o *benchOptions) checkTogether(f *pflag.FlagSet) error {
	if v := o.Broker.Conn.Version.Number; v != 0 && v != mqtt.V5 {
		switch {
		case o.Scenario.name == "rr":
			return usagef("bench: rr needs MQTT 5, but -V asks for %v", v)
		case len(o.Load.Headers) > 0:
			return usagef("bench: --payload-hdrs needs MQTT 5, but -V asks for %v", v)
		case o.Clients.Expiry.Given:
			return usagef("bench: -x needs MQTT 5, but -V asks for %v", v)
		}
	}
	switch {
	case o.Clients.Certs != "" && !o.secure():
		return usagef("bench: --certs is given, but the connection is without TLS\nhint: add -S, or write --url mqtts://…")
	case o.Broker.Conn.TLS.Insecure && !o.secure():
		return usagef("bench: --insecure is given, but the connection is without TLS\nhint: add -S, or write --url mqtts://…")
	case o.Scenario.name == "sub" && len(o.Load.Filters) == 0:
		return usagef("bench: sub: nothing to subscribe to\nhint: give -t FILTER, such as -t 'bench/%%i'")
	case o.Goal.FindMax && len(o.Load.Stages) > 0:
		return usagef("bench: --find-max and --stages cannot be used together")
	}
	if err := o.checkGoals(); err != nil {
		return err
	}
	if o.Goal.FindMax && !f.Changed("warmup") {
		o.Time.Warmup = seconds(time.Second) // or a short trial is mostly about its beginning
	}
	return o.stagesTime(f)
}

// checkGoals refuses thresholds that nothing is measured for: without a rate
// no message is due at a time.
func (o *benchOptions) checkGoals() error {
	paced := len(o.Load.Stages) > 0 || o.Load.total(1) > 0 || o.Goal.FindMax
	if paced || !o.Scenario.sends() || o.Scenario.counted() {
		return nil
	}
	for _, t := range o.Goal.SLO {
		if text := t.String(); strings.HasPrefix(text, result.Response+".") || strings.HasPrefix(text, result.SendLag+".") {
			return usagef("bench: --slo %s: without a rate no message is due at a time\nhint: add --rate N, or ask for service.p99", text)
		}
	}
	return nil
}

// stagesTime makes the measured time as long as the stages.
func (o *benchOptions) stagesTime(f *pflag.FlagSet) error {
	if len(o.Load.Stages) == 0 || f.Changed("duration") {
		return nil
	}
	length := pace.Length(o.Load.Stages)
	if length == 0 {
		return usagef("bench: the stages take no time\nhint: give one a time, as in 30s:1000, or add --duration N")
	}
	o.Time.Duration, o.Time.unending = seconds(length), false
	return nil
}

// secure reports whether the connections are with TLS.
func (o *benchOptions) secure() bool {
	urls, err := o.Broker.urls()
	return err == nil && len(urls) > 0 && (hasScheme(urls[0], "mqtts") || hasScheme(urls[0], "wss"))
}

func hasScheme(url, scheme string) bool { return strings.HasPrefix(url, scheme+"://") }
