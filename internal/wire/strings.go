package wire

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

const maxField = 65_535 // the most bytes of a string or of binary data

// checkText refuses what a UTF-8 encoded string must not hold: bytes that are
// not UTF-8, surrogates among them [MQTT-1.5.4-1], and U+0000 [MQTT-1.5.4-2].
func checkText(what string, b []byte) error {
	switch {
	case bytes.IndexByte(b, 0) >= 0:
		return malformed(what + " contains U+0000")
	case !utf8.Valid(b):
		return malformed(what + " is not valid UTF-8")
	}
	return nil
}

// checkTopic is checkText for topic names, which in addition must not hold a
// wildcard. [MQTT-3.3.2-2]
func checkTopic(what string, b []byte) error {
	if plainTopic(b) {
		return nil
	}
	if err := checkText(what, b); err != nil {
		return err
	}
	if bytes.ContainsAny(b, "+#") {
		return refuse(mqtt.TopicNameInvalid, what+" contains a wildcard, + or #")
	}
	return nil
}

// plainTopic reports whether b is ASCII without U+0000, + and #, eight bytes
// at a time. False means that a closer look is needed.
func plainTopic(b []byte) bool {
	if len(b) < 8 {
		for _, c := range b {
			if c >= utf8.RuneSelf || c == 0 || c == '+' || c == '#' {
				return false
			}
		}
		return true
	}
	for i := 0; i+8 <= len(b); i += 8 {
		if unusual(binary.LittleEndian.Uint64(b[i:])) {
			return false
		}
	}
	return !unusual(binary.LittleEndian.Uint64(b[len(b)-8:]))
}

// unusual reports whether one of the eight bytes of x is 0, +, # or above
// 0x7F. A byte y is zero when (y-1)&^y has its high bit set; + and # differ
// only in bit 3, so that one test finds both.
func unusual(x uint64) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	y := (x | ones*0x08) ^ ones*'+'
	return (x|(x-ones)&^x|(y-ones)&^y)&highs != 0
}
