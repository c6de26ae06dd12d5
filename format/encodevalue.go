package format

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/tinylib/msgp/msgp"
)

// numbers replaces each json.Number in v, which it may change.
func numbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		return number(v.String())
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = numbers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func number(text string) (any, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		return n, nil
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("holds %s, which 64 bits cannot hold", text)
	}
	return f, nil
}

func encodeMsgpack(text []byte) ([]byte, error) {
	v, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	return appendMsgpack(nil, v), nil
}

// appendMsgpack appends what parseJSON returned.
func appendMsgpack(dst []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		dst = msgp.AppendMapHeader(dst, uint32(len(v)))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			dst = appendMsgpack(msgp.AppendString(dst, k), v[k])
		}
		return dst
	case []any:
		dst = msgp.AppendArrayHeader(dst, uint32(len(v)))
		for _, item := range v {
			dst = appendMsgpack(dst, item)
		}
		return dst
	case string:
		return msgp.AppendString(dst, v)
	case bool:
		return msgp.AppendBool(dst, v)
	case float64:
		return msgp.AppendFloat64(dst, v)
	case uint64:
		return msgp.AppendUint64(dst, v)
	case int64:
		if v >= 0 {
			return msgp.AppendUint64(dst, uint64(v)) // the shortest form
		}
		return msgp.AppendInt64(dst, v)
	}
	return msgp.AppendNil(dst)
}
