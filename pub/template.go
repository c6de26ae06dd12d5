package pub

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"strings"
	"text/template"
	"time"

	"mqt/internal/mqtt"
)

// TemplateText is what a Template fills in: templates of package text/template
// with the functions
//
//	seq          the message's number, from 1
//	now          the time, in RFC 3339; its methods work: {{now.UnixMilli}}
//	uuid         a new random UUID
//	rand 20 30   a random whole number from 20 to 30; with a decimal point in
//	             one of them a fraction, which printf shortens
//	env "X"      an environment variable, which must not be empty
type TemplateText struct {
	Topic, Payload string
	// Now is the clock, Getenv looks up environment variables. Neither is nil.
	Now    func() time.Time
	Getenv func(string) string
}

// Template makes messages of a text. It is not safe for concurrent use.
type Template struct {
	text           TemplateText
	topic, payload *template.Template
	seq            uint64
	now            time.Time
}

// NewTemplate parses the texts. The error says which one is wrong, and where.
func NewTemplate(text TemplateText) (*Template, error) {
	t := &Template{text: text}
	functions := template.FuncMap{
		"seq":  func() uint64 { return t.seq },
		"now":  func() moment { return moment{t.now} },
		"uuid": uuid,
		"rand": random,
		"env":  t.env,
	}
	parse := func(name, text string) (*template.Template, error) {
		return template.New(name).Option("missingkey=error").Funcs(functions).Parse(text)
	}
	var err error
	if t.topic, err = parse("topic", text.Topic); err != nil {
		return nil, templateError(err)
	}
	if t.payload, err = parse("payload", text.Payload); err != nil {
		return nil, templateError(err)
	}
	return t, nil
}

// Fill sets the topic and the payload of the next message.
func (t *Template) Fill(m *mqtt.Message) error {
	t.seq++
	t.now = t.text.Now()
	var topic strings.Builder
	if err := t.topic.Execute(&topic, nil); err != nil {
		return templateError(err)
	}
	if err := mqtt.CheckTopic(topic.String()); err != nil {
		return fmt.Errorf("topic %q %w", brief([]byte(topic.String())), err)
	}
	var payload bytes.Buffer
	if err := t.payload.Execute(&payload, nil); err != nil {
		return templateError(err)
	}
	m.Topic, m.Payload = topic.String(), payload.Bytes()
	return nil
}

// templateError leaves out that a template is one.
func templateError(err error) error {
	var failed template.ExecError
	if errors.As(err, &failed) {
		if cause := errors.Unwrap(failed.Err); cause != nil {
			return fmt.Errorf("%s: %w", failed.Name, cause)
		}
	}
	return errors.New(strings.TrimPrefix(err.Error(), "template: "))
}

// moment prints as in RFC 3339.
type moment struct{ time.Time }

// String returns the time with as many fractional digits as it needs.
func (m moment) String() string { return m.Format(time.RFC3339Nano) }

// uuid returns a random UUID, RFC 9562 section 5.4.
func uuid() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// random returns a number between two, both included when they are whole.
func random(low, high any) (any, error) {
	from, whole1 := low.(int)
	to, whole2 := high.(int)
	if whole1 && whole2 {
		if from > to {
			return nil, fmt.Errorf("%d is above %d", from, to)
		}
		n := uint64(to) - uint64(from)
		if n == math.MaxUint64 {
			return int(mathrand.Uint64()), nil
		}
		return from + int(mathrand.Uint64N(n+1)), nil
	}
	a, err := float(low)
	if err != nil {
		return nil, err
	}
	b, err := float(high)
	if err != nil {
		return nil, err
	}
	if !(a <= b) || math.IsInf(b-a, 0) {
		return nil, fmt.Errorf("%v to %v is no range", a, b)
	}
	return a + mathrand.Float64()*(b-a), nil
}

func float(v any) (float64, error) {
	switch v := v.(type) {
	case int:
		return float64(v), nil
	case float64:
		return v, nil
	}
	return 0, fmt.Errorf("%v is not a number", v)
}

func (t *Template) env(name string) (string, error) {
	v := t.text.Getenv(name)
	if v == "" {
		return "", fmt.Errorf("the environment variable %q is empty or not set", name)
	}
	return v, nil
}
