package record

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"mqt/internal/mqtt"
)

// Parse reads one line, with or without its line end. The message shares no
// memory with line. The error says what is wrong with the line, without saying
// which line it is.
func Parse(line []byte) (mqtt.Message, error) {
	var m mqtt.Message
	if !utf8.Valid(line) {
		return m, errors.New("is not valid UTF-8")
	}
	if !gjson.ValidBytes(line) {
		return m, errors.New("is not valid JSON")
	}
	obj := gjson.ParseBytes(line)
	if !obj.IsObject() {
		return m, errors.New("is not a JSON object")
	}
	p := parser{m: &m}
	obj.ForEach(func(key, value gjson.Result) bool {
		p.err = p.field(key.Str, value)
		return p.err == nil
	})
	if p.err != nil {
		return mqtt.Message{}, p.err
	}
	if err := mqtt.CheckTopic(m.Topic); err != nil {
		return mqtt.Message{}, fmt.Errorf("topic %q %w", m.Topic, err)
	}
	return m, nil
}

// parser carries the message being filled and what has been seen of it.
type parser struct {
	m    *mqtt.Message
	seen uint16
	err  error
}

func (p *parser) field(name string, v gjson.Result) error {
	bit, ok := fieldBit(name)
	switch {
	case name == "tst": // nobody writes this by hand
		return errors.New("is of the format json, which loses bytes and properties; a record is of the format ndjson")
	case !ok:
		return fmt.Errorf("field %q is unknown", name)
	}
	if p.seen&bit != 0 {
		return fmt.Errorf("field %q is there twice", name)
	}
	p.seen |= bit
	if err := p.set(name, v); err != nil {
		return fmt.Errorf("field %q %w", name, err)
	}
	return nil
}

// fieldBit returns the bit that stands for a field; both forms of the payload
// share one. ok is false when there is no such field.
func fieldBit(name string) (bit uint16, ok bool) {
	if name == "payload_base64" {
		name = "payload"
	}
	names := [...]string{"time", "topic", "qos", "retain", "dup", "mid", "payload", "properties"}
	for i := range names {
		if names[i] == name {
			return 1 << i, true
		}
	}
	return 0, false
}

func (p *parser) set(name string, v gjson.Result) error {
	var n uint64
	var err error
	switch name {
	case "time":
		return setTime(&p.m.Received, v)
	case "topic":
		return setText(&p.m.Topic, v)
	case "qos":
		n, err = number(v, 2)
		p.m.QoS = mqtt.QoS(n)
	case "retain":
		return setBool(&p.m.Retain, v)
	case "dup":
		return setBool(&p.m.Dup, v)
	case "mid":
		n, err = number(v, 65535)
		p.m.PacketID = uint16(n)
	case "properties":
		return p.setProperties(v)
	default:
		return p.setPayload(name, v)
	}
	return err
}

func (p *parser) setPayload(name string, v gjson.Result) (err error) {
	switch {
	case name == "payload_base64" && v.Type == gjson.String:
		p.m.Payload, err = base64.StdEncoding.DecodeString(v.Str)
		if err != nil {
			err = fmt.Errorf("holds %w", err)
		}
	case name == "payload_base64":
		err = errNotString
	case v.Type == gjson.String:
		p.m.Payload = []byte(v.Str)
	case v.Type != gjson.Null:
		p.m.Payload = []byte(v.Raw)
	}
	return err
}

func (p *parser) setProperties(v gjson.Result) error {
	if !v.IsArray() {
		return errors.New("is not an array")
	}
	var err error
	v.ForEach(func(_, item gjson.Result) bool {
		var prop mqtt.Property
		prop, err = property(item)
		p.m.Props = append(p.m.Props, prop)
		return err == nil
	})
	return err
}

var (
	errNotString = errors.New("is not a string")
	errNotBool   = errors.New("is not true or false")
	errNotNumber = errors.New("is not a number")
)

func setText(dst *string, v gjson.Result) error {
	if v.Type != gjson.String {
		return errNotString
	}
	*dst = v.Str
	return nil
}

func setBool(dst *bool, v gjson.Result) error {
	if !v.IsBool() {
		return errNotBool
	}
	*dst = v.Bool()
	return nil
}

func setTime(dst *time.Time, v gjson.Result) error {
	if v.Type != gjson.String {
		return errNotString
	}
	t, err := time.Parse(time.RFC3339Nano, v.Str)
	if err != nil {
		return fmt.Errorf("is %q, not an RFC 3339 time", v.Str)
	}
	*dst = t
	return nil
}

func number(v gjson.Result, most uint64) (uint64, error) {
	if v.Type != gjson.Number {
		return 0, errNotNumber
	}
	n, err := strconv.ParseUint(v.Raw, 10, 64)
	if err != nil || n > most {
		return 0, fmt.Errorf("is %s, not a whole number from 0 to %d", v.Raw, most)
	}
	return n, nil
}
