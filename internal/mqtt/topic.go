package mqtt

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// MaxTopicBytes is the longest topic name or filter the wire can carry.
const MaxTopicBytes = 65535

// Errors of topic names and filters. They name the rule, not the topic: the
// caller knows which word it was parsing.
var (
	ErrTopicEmpty    = errors.New("is empty")                                 // [MQTT-4.7.3-1]
	ErrTopicTooLong  = errors.New("is longer than 65,535 bytes")              // [MQTT-4.7.3-3]
	ErrTopicNUL      = errors.New("contains U+0000")                          // [MQTT-4.7.3-2]
	ErrTopicUTF8     = errors.New("is not valid UTF-8")                       // [MQTT-1.5.4-1]
	ErrTopicWildcard = errors.New("contains a wildcard, + or #")              // [MQTT-3.3.2-2]
	ErrFilterPlus    = errors.New("has a + that does not fill its level")     // [MQTT-4.7.1-2]
	ErrFilterHash    = errors.New("has a # that is not the whole last level") // [MQTT-4.7.1-1]
	ErrFilterShare   = errors.New("is not of the form $share/name/filter")    // [MQTT-4.8.2-1]
)

// CheckTopic returns nil when s may stand in a PUBLISH packet or a will, and
// otherwise one of the errors of this package.
func CheckTopic(s string) error {
	if err := checkText(s); err != nil {
		return err
	}
	if strings.ContainsAny(s, "+#") {
		return ErrTopicWildcard
	}
	return nil
}

func checkText(s string) error {
	switch {
	case s == "":
		return ErrTopicEmpty
	case len(s) > MaxTopicBytes:
		return ErrTopicTooLong
	case strings.IndexByte(s, 0) >= 0:
		return ErrTopicNUL
	case !utf8.ValidString(s):
		return ErrTopicUTF8
	}
	return nil
}

// Levels returns the number of levels of a topic name or filter: one more
// than its separators.
func Levels(s string) int { return strings.Count(s, "/") + 1 }
