package record

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/tidwall/gjson"

	"mqt/internal/mqtt"
)

// rawProperty is one element of the properties array before it is known which
// property it is.
type rawProperty struct {
	name, key   string
	value, b64  gjson.Result
	hasKey      bool
	hasB64, has bool
}

// property reads one element of the properties array.
func property(item gjson.Result) (mqtt.Property, error) {
	if !item.IsObject() {
		return mqtt.Property{}, errors.New("holds something that is not an object")
	}
	var raw rawProperty
	var err error
	item.ForEach(func(key, v gjson.Result) bool {
		switch key.Str {
		case "name":
			err = setText(&raw.name, v)
		case "key":
			raw.hasKey, err = true, setText(&raw.key, v)
		case "value":
			raw.has, raw.value = true, v
		case "value_base64":
			raw.hasB64, raw.b64 = true, v
		default:
			err = errors.New("is unknown")
		}
		if err != nil {
			err = fmt.Errorf("holds a field %q that %w", key.Str, err)
		}
		return err == nil
	})
	if err != nil {
		return mqtt.Property{}, err
	}
	p, err := raw.property()
	if err != nil {
		return mqtt.Property{}, fmt.Errorf("holds %q, which %w", raw.name, err)
	}
	return p, nil
}

func (raw *rawProperty) property() (mqtt.Property, error) {
	id, ok := mqtt.PropertyByName(raw.name)
	if !ok {
		return mqtt.Property{}, errors.New("is not a property")
	}
	p := mqtt.Property{ID: id, Key: raw.key}
	typ := id.Type()
	if raw.hasKey != (typ == mqtt.TypePair) {
		return p, errors.New(`needs "key" if and only if it is user-property`)
	}
	if raw.hasB64 && typ != mqtt.TypeBinary || raw.has == raw.hasB64 {
		return p, errors.New(`needs "value" ("value_base64" for binary data)`)
	}
	switch {
	case raw.hasB64:
		if raw.b64.Type != gjson.String {
			return p, errNotString
		}
		b, err := base64.StdEncoding.DecodeString(raw.b64.Str)
		p.Value = string(b)
		return p, err
	case typ == mqtt.TypeString, typ == mqtt.TypeBinary, typ == mqtt.TypePair:
		return p, setText(&p.Value, raw.value)
	}
	n, err := number(raw.value, limit(typ))
	p.Int = uint32(n)
	return p, err
}

// limit returns the largest value of an integer type.
func limit(t mqtt.PropertyType) uint64 {
	switch t {
	case mqtt.TypeByte:
		return 0xff
	case mqtt.TypeUint16:
		return 0xffff
	case mqtt.TypeVarint:
		return 268_435_455
	}
	return 0xffff_ffff
}
