// Package payload fills the placeholders of payload templates, which are those
// of emqtt_bench:
//
//	%TIMESTAMP%     when the message is due, in milliseconds since 1970
//	%TIMESTAMPMS%   the same
//	%TIMESTAMPUS%   in microseconds
//	%TIMESTAMPNS%   in nanoseconds
//	%UNIQUE%        a number that no other message of this machine's load has
//	%RANDOM%        random letters and digits
//
// Each has a length that is the same for all messages, so that a payload is
// filled in place.
package payload

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Template is a payload with placeholders. Its methods may be called by
// several goroutines.
type Template struct {
	text  []byte // of each payload, with zeros where holes are
	holes []hole
}

// hole is where a value belongs.
type hole struct {
	at, length int
	kind       kind
}

// kind is what fills a hole.
type kind uint8

const (
	text kind = iota // no hole
	millis
	micros
	nanos
	unique
	random
)

// Message is what the values of one message follow from. The same message has
// the same values when it is sent again.
type Message struct {
	// Due is when it is, in nanoseconds since 1970.
	Due int64
	// Number is its number among all messages of this machine's part of the
	// load, below 9e15.
	Number uint64
	// Seed is that of the load.
	Seed uint64
}

// value is a placeholder.
type value struct {
	name   string
	length int // 0 is that of random texts
	kind   kind
}

// firstUnique makes all values of %UNIQUE% equally long. They are exact in
// JSON, where numbers above 2⁵³ are not.
const firstUnique = 1e15

func values() []value {
	return []value{
		{"%TIMESTAMP%", 13, millis},
		{"%TIMESTAMPMS%", 13, millis},
		{"%TIMESTAMPUS%", 16, micros},
		{"%TIMESTAMPNS%", 19, nanos},
		{"%UNIQUE%", 16, unique},
		{randomText, 0, random},
	}
}

const randomText = "%RANDOM%"

// HasRandom reports whether %RANDOM% is in b.
func HasRandom(b []byte) bool { return bytes.Contains(b, []byte(randomText)) }

// Parse returns the template of a text, in which %RANDOM% is as long as random
// says. Everything that is no placeholder stands for itself.
func Parse(rest []byte, random int) *Template {
	t := &Template{}
	for len(rest) > 0 {
		before, v := next(rest)
		t.text = append(t.text, rest[:before]...)
		rest = rest[before+len(v.name):]
		if v.kind == text {
			continue
		}
		length := v.length
		if length == 0 {
			length = random
		}
		t.holes = append(t.holes, hole{len(t.text), length, v.kind})
		t.text = append(t.text, make([]byte, length)...)
	}
	return t
}

// next returns the first placeholder in b, and where it begins; one without a
// name at the end when there is none.
func next(b []byte) (int, value) {
	for i := range b {
		if b[i] != '%' {
			continue
		}
		for _, v := range values() {
			if bytes.HasPrefix(b[i:], []byte(v.name)) {
				return i, v
			}
		}
	}
	return len(b), value{}
}

// Size returns the length of each payload, in bytes.
func (t *Template) Size() int { return len(t.text) }

// Placeholders names what is filled in each payload, with the lengths in bytes:
// the work that it is. It is empty when nothing is.
func (t *Template) Placeholders() string {
	var words []string
	for _, h := range t.holes {
		i := slices.IndexFunc(values(), func(v value) bool { return v.kind == h.kind })
		words = append(words, fmt.Sprintf("%s:%d", values()[i].name, h.length))
	}
	return strings.Join(words, " ")
}

// Put writes the payload of m to b, which has Size bytes.
func (t *Template) Put(b []byte, m Message) {
	copy(b, t.text)
	var source rand.PCG
	source.Seed(m.Seed, m.Number)
	for _, h := range t.holes {
		switch to := b[h.at : h.at+h.length]; h.kind {
		case millis:
			decimal(to, uint64(m.Due/1e6))
		case micros:
			decimal(to, uint64(m.Due/1e3))
		case nanos:
			decimal(to, uint64(m.Due))
		case unique:
			decimal(to, firstUnique+m.Number)
		case random:
			letters(to, &source)
		}
	}
}

// decimal fills b with the last digits of n.
func decimal(b []byte, n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789Xx" // 64 of them: six bits a letter

// letters fills b with random letters and digits.
func letters(b []byte, source *rand.PCG) {
	var bits uint64
	for i := range b {
		if i%10 == 0 {
			bits = source.Uint64()
		}
		b[i] = alphabet[bits&63]
		bits >>= 6
	}
}
