package compat

import (
	"runtime"
	"time"

	"mqt/internal/mqtt"
)

func setCount(p *parser, value string) error {
	if p.o.Count = atoi(value); p.o.Count < 1 {
		return mistakeGap("Invalid message count \"%d\".", p.o.Count)
	}
	return nil
}

func setTimeout(p *parser, value string) error {
	n := atoi(value)
	if n < 1 {
		return mistakeGap("Invalid timeout \"%d\".", n)
	}
	p.o.Timeout = time.Duration(n) * time.Second
	return nil
}

func setFormat(p *parser, value string) error {
	if err := p.checkFormat(value); err != nil {
		return mistake("%v", err)
	}
	p.o.Format, p.o.HasFormat = value, true
	return nil
}

// setDropRetained asks the broker not to send what would be dropped, too.
func setDropRetained(p *parser, _ string) error {
	p.o.DropRetained = true
	if !p.keep {
		p.o.RetainHandling = mqtt.RetainDontSend
	}
	return nil
}

func setRetainHandling(p *parser, value string) error {
	switch value {
	case "always":
		p.o.RetainHandling = mqtt.RetainSend
	case "new":
		p.o.RetainHandling = mqtt.RetainSendIfNew
	case "never":
		p.o.RetainHandling = mqtt.RetainDontSend
	default:
		return mistakeGap("Unknown value '%s' for --retain-handling.", value)
	}
	p.keep = true
	return nil
}

func setRandomFilter(p *parser, value string) error {
	if p.o.RandomFilter = atof(value); !(p.o.RandomFilter >= 0.1 && p.o.RandomFilter <= 100) {
		return mistakeGap("--random-filter chance must be between 0.1-100.0")
	}
	return nil
}

func setWatch(p *parser, _ string) error {
	if runtime.GOOS == "windows" {
		return mistakeGap("--watch not supported on Windows.")
	}
	p.o.Watch = true
	return nil
}

// subOptions are those about what is received.
func subOptions() []option {
	return []option{
		{names: "-U --unsubscribe", of: Sub, lacks: "-U argument given but no unsubscribe topic specified.", set: (*parser).addUnsubscribe},
		{names: "-T --filter-out", of: Sub, lacks: "-T argument given but no topic filter specified.", set: (*parser).addFilterOut},
		{names: "-v --verbose", of: Sub | RR, set: turnOn(func(o *Options) *bool { return &o.Verbose })},
		{names: "-F", of: Sub | RR, lacks: "-F argument given but no format specified.", set: setFormat},
		{names: "-N", of: Sub | RR, set: turnOn(func(o *Options) *bool { return &o.NoNewline })},
		{names: "--pretty", of: Sub | RR, set: turnOn(func(o *Options) *bool { return &o.Pretty })},
		{names: "-C", of: Sub, lacks: "-C argument given but no count specified.", set: setCount},
		{names: "-W", of: Sub | RR, lacks: "-W argument given but no timeout specified.", set: setTimeout},
		{names: "-E", of: Sub, set: turnOn(func(o *Options) *bool { return &o.SubackOnly })},
		{names: "-R", of: Sub | RR, set: setDropRetained},
		{names: "--retain-handling", of: Sub | RR, lacks: "--retain-handling argument given but no option specified.", set: setRetainHandling},
		{names: "--retain-as-published", of: Sub | RR, set: turnOn(func(o *Options) *bool { return &o.RetainAsPublished })},
		{names: "--retained-only", of: Sub, set: turnOn(func(o *Options) *bool { return &o.RetainedOnly })},
		{names: "--remove-retained", of: Sub, set: turnOn(func(o *Options) *bool { return &o.RemoveRetained })},
		{names: "--random-filter", of: Sub, lacks: "--random-filter argument given but no chance specified.", set: setRandomFilter},
		{names: "-w --watch", of: Sub, set: setWatch},
		{names: "--message-rate", of: Sub, set: turnOn(func(o *Options) *bool { return &o.MessageRate })},
	}
}
