package compat

func setResponseTopic(p *parser, topic string) error {
	switch {
	case !validUTF8(topic):
		return mistakeGap("Malformed UTF-8 in -e argument.")
	case !validPublishTopic(topic):
		return mistake("Invalid response topic '%s', does it contain '+' or '#'?", topic)
	}
	p.o.ResponseTopic = topic
	return nil
}

// rrOptions are those that only mosquitto_rr has.
func rrOptions() []option {
	return []option{
		{names: "-e", of: RR, lacks: "-e argument given but no response topic specified.", set: setResponseTopic},
		{names: "--latency", of: RR, set: turnOn(func(o *Options) *bool { return &o.Latency })},
	}
}
