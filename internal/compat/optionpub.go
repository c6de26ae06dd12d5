package compat

import (
	"math"
	"time"
)

// noInput refuses a second input.
func noInput(p *parser) error {
	if p.o.Input != NoInput {
		return mistakeGap("Only one type of message can be sent at once.")
	}
	return nil
}

func input(in Input) func(*parser, string) error {
	return func(p *parser, value string) error {
		p.o.Input = in
		switch in {
		case Message:
			p.o.Message = value
		case File:
			p.o.File = value
		}
		return nil
	}
}

func setTopic(p *parser, value string) error { return p.addTopic(value, "-t") }

func setRepeat(p *parser, value string) error {
	if p.o.Repeat = atoi(value); p.o.Repeat < 1 {
		return mistakeGap("--repeat argument must be >0.")
	}
	return nil
}

func setRepeatDelay(p *parser, value string) error {
	f := atof(value)
	if f < 0 {
		return mistakeGap("--repeat-delay argument must be >=0.0.")
	}
	p.o.RepeatDelay = time.Duration(min(f*float64(time.Second), math.MaxInt64/2))
	return nil
}

// pubOptions are those about what is published.
func pubOptions() []option {
	return []option{
		{names: "-t --topic", of: every, lacks: "-t argument given but no topic specified.", set: setTopic},
		{names: "-m --message", of: Pub | RR, before: noInput, lacks: "-m argument given but no message specified.", set: input(Message)},
		{names: "-f --file", of: Pub | RR, before: noInput, lacks: "-f argument given but no file specified.", set: input(File)},
		{names: "-l --stdin-line", of: Pub, before: noInput, set: input(Lines)},
		{names: "-s --stdin-file", of: Pub | RR, before: noInput, set: input(StdinAll)},
		{names: "-n --null-message", of: Pub | RR, before: noInput, set: input(Null)},
		{names: "-r --retain", of: Pub, set: turnOn(func(o *Options) *bool { return &o.Retain })},
		{names: "--repeat", of: Pub, lacks: "--repeat argument given but no count specified.", set: setRepeat},
		{names: "--repeat-delay", of: Pub, lacks: "--repeat-delay argument given but no time specified.", set: setRepeatDelay},
	}
}
