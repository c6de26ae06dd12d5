package compat

import (
	"strings"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

const (
	maxTopic  = 65535
	maxLevels = 200 // slashes that mosquitto allows
)

// validUTF8 is mosquitto's notion of valid: control and non-characters are not.
func validUTF8(s string) bool {
	if len(s) > 65536 {
		return false
	}
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		case r < 0x20, r >= 0x7f && r <= 0x9f, r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
			return false
		}
	}
	return true
}

func validPublishTopic(s string) bool {
	return s != "" && len(s) <= maxTopic && !strings.ContainsAny(s, "+#") && strings.Count(s, "/") <= maxLevels
}

func validFilter(s string) bool {
	_, err := mqtt.ParseFilter(s)
	return err == nil && strings.Count(s, "/") <= maxLevels
}

// addTopic is -t, and the topic of -L.
func (p *parser) addTopic(topic, argument string) error {
	if !validUTF8(topic) {
		return mistakeGap("Malformed UTF-8 in %s argument.", argument)
	}
	if p.program == Sub {
		if !validFilter(topic) {
			return mistake("Invalid subscription topic '%s', are all '+' and '#' wildcards correct?", topic)
		}
		p.o.Topics = append(p.o.Topics, topic)
		return nil
	}
	if !validPublishTopic(topic) {
		return mistake("Invalid publish topic '%s', does it contain '+' or '#'?", topic)
	}
	p.o.Topics = []string{topic}
	return nil
}

func (p *parser) addUnsubscribe(filter string) error {
	switch {
	case !validUTF8(filter):
		return mistakeGap("Malformed UTF-8 in -U argument.")
	case !validFilter(filter):
		return mistake("Invalid unsubscribe topic '%s', are all '+' and '#' wildcards correct?", filter)
	}
	p.o.Unsubscribe = append(p.o.Unsubscribe, filter)
	return nil
}

func (p *parser) addFilterOut(filter string) error {
	switch {
	case !validUTF8(filter):
		return mistakeGap("Malformed UTF-8 in -T argument.")
	case !validFilter(filter):
		return mistake("Invalid filter topic '%s', are all '+' and '#' wildcards correct?", filter)
	}
	p.o.FilterOut = append(p.o.FilterOut, filter)
	return nil
}

func (p *parser) setWillTopic(topic string) error {
	switch {
	case !validUTF8(topic):
		return mistakeGap("Malformed UTF-8 in --will-topic argument.")
	case !validPublishTopic(topic):
		return mistake("Invalid will topic '%s', does it contain '+' or '#'?", topic)
	}
	p.o.WillTopic, p.o.HasWillTopic = topic, true
	return nil
}
