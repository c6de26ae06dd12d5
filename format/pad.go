package format

import (
	"math"
	"strconv"
)

func fill(dst []byte, c byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, c)
	}
	return dst
}

// appendBlank stands for a property that is missing.
func appendBlank(dst []byte, o *op) []byte { return fill(dst, o.pad, o.width) }

// appendPadded is C's %w.ps: the precision is the most bytes, and zeros do not
// pad.
func appendPadded(dst []byte, o *op, s string) []byte {
	if o.prec >= 0 && len(s) > o.prec {
		s = s[:o.prec]
	}
	if !o.left {
		dst = fill(dst, ' ', o.width-len(s))
	}
	dst = append(dst, s...)
	if o.left {
		dst = fill(dst, ' ', o.width-len(s))
	}
	return dst
}

// appendInt is C's %wd.
func appendInt(dst []byte, o *op, v uint64) []byte {
	var digits [20]byte
	return appendNumber(dst, o, strconv.AppendUint(digits[:0], v, 10), o.pad)
}

// appendNumber pads digits that may begin with a minus sign.
func appendNumber(dst []byte, o *op, s []byte, pad byte) []byte {
	n := o.width - len(s)
	switch {
	case o.left:
		return fill(append(dst, s...), ' ', n)
	case pad == '0' && s[0] == '-':
		return append(fill(append(dst, '-'), '0', n), s[1:]...)
	}
	return append(fill(dst, pad, n), s...)
}

// appendFloat is C's %w.pf.
func appendFloat(dst []byte, o *op, v float64) []byte {
	prec := o.prec
	if prec < 0 {
		prec = 6
	}
	var s []byte
	pad := o.pad
	switch {
	case math.IsNaN(v):
		s, pad = []byte("nan"), ' '
	case math.IsInf(v, 0):
		s, pad = []byte("inf"), ' '
	default:
		s = strconv.AppendFloat(nil, math.Abs(v), 'f', prec, 64)
	}
	if math.Signbit(v) {
		s = append([]byte("-"), s...)
	}
	return appendNumber(dst, o, s, pad)
}

// appendRaw writes the payload's bytes: a width also cuts.
func appendRaw(dst []byte, o *op, b []byte) []byte {
	if o.width > 0 && len(b) > o.width {
		b = b[:o.width]
	}
	if !o.left {
		dst = fill(dst, o.pad, o.width-len(b))
	}
	dst = append(dst, b...)
	if o.left {
		dst = fill(dst, ' ', o.width-len(b))
	}
	return dst
}

// appendHexField writes hex digits, with a separator after each group of as
// many digits as the precision says. The width pads to that many digits but
// cuts to that many bytes; padding on the left takes part in the groups. All
// of this is what mosquitto_sub 2.1 does.
func appendHexField(dst []byte, o *op, b []byte, digits string) []byte {
	if o.width > 0 && len(b) > o.width {
		b = b[:o.width]
	}
	missing := o.width - 2*len(b)
	at := 0
	group := func() {
		at++
		if o.prec > 0 && at%o.prec == 0 {
			dst = append(dst, o.sep)
		}
	}
	if !o.left {
		for range missing {
			dst = append(dst, o.pad)
			group()
		}
	}
	for i, c := range b {
		dst = append(dst, digits[c>>4])
		group()
		dst = append(dst, digits[c&15])
		if i+1 < len(b) {
			group()
		}
	}
	if o.left {
		dst = fill(dst, ' ', missing)
	}
	return dst
}

// appendZeros appends v with leading zeros to n digits.
func appendZeros(dst []byte, v, n int) []byte {
	var digits [20]byte
	s := strconv.AppendInt(digits[:0], int64(v), 10)
	return append(fill(dst, '0', n-len(s)), s...)
}
