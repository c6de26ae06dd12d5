package protobuf

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
)

// appendString appends a JSON string with as few escapes as JSON allows.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}

// appendFloat appends a number with the digits that tell it from all others of
// its size, as JavaScript does; those that JSON does not have are strings.
func appendFloat(dst []byte, v float64, size int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(dst, `"-Infinity"`...)
	}
	abs := math.Abs(v)
	small, large := abs != 0 && abs < 1e-6, abs >= 1e21
	if size == 32 {
		small, large = abs != 0 && float32(abs) < 1e-6, float32(abs) >= 1e21
	}
	if !small && !large {
		return strconv.AppendFloat(dst, v, 'f', -1, size)
	}
	dst = strconv.AppendFloat(dst, v, 'e', -1, size)
	if n := len(dst); small && dst[n-4] == 'e' && dst[n-2] == '0' { // e-09
		dst = append(dst[:n-2], dst[n-1])
	}
	return dst
}

// compareKeys orders the keys of a map: by number, or by byte.
func compareKeys(k kind, a, b item) int {
	switch k {
	case kindString:
		return bytes.Compare(a.text, b.text)
	case kindInt32, kindInt64, kindSint32, kindSint64, kindSfixed32, kindSfixed64:
		return cmp.Compare(int64(a.bits), int64(b.bits))
	}
	return cmp.Compare(a.bits, b.bits)
}

func keyText(k kind, key item) string {
	switch k {
	case kindString:
		return string(key.text)
	case kindBool:
		return strconv.FormatBool(key.bits != 0)
	case kindInt32, kindInt64, kindSint32, kindSint64, kindSfixed32, kindSfixed64:
		return strconv.FormatInt(int64(key.bits), 10)
	}
	return strconv.FormatUint(key.bits, 10)
}
