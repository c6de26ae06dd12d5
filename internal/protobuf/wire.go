package protobuf

import (
	"encoding/binary"
	"errors"
)

// How a field is encoded.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireStart   = 3 // of a group
	wireEnd     = 4
	wireFixed32 = 5
)

var errMalformed = errors.New("not a message of Protocol Buffers")

// wireField is a field as it was encoded.
type wireField struct {
	number uint64
	wire   int
	bits   uint64 // of numbers
	data   []byte // of wireBytes
}

// next takes a field, or the begin or end of a group, off data.
func next(data []byte) (f wireField, rest []byte, err error) {
	tag, n := binary.Uvarint(data)
	if n <= 0 || tag>>3 < 1 || tag>>3 > mostNumber {
		return f, nil, errMalformed
	}
	f.number, f.wire = tag>>3, int(tag&7)
	f.bits, f.data, rest, err = nextValue(f.wire, data[n:])
	return f, rest, err
}

// nextValue takes a value off data.
func nextValue(wire int, data []byte) (bits uint64, text, rest []byte, err error) {
	switch wire {
	case wireStart, wireEnd:
		return 0, nil, data, nil
	case wireVarint, wireBytes:
		v, n := binary.Uvarint(data)
		switch {
		case n <= 0:
		case wire == wireVarint:
			return v, nil, data[n:], nil
		case v <= uint64(len(data)-n):
			end := n + int(v)
			return 0, data[n:end], data[end:], nil
		}
	case wireFixed32:
		if len(data) >= 4 {
			return uint64(binary.LittleEndian.Uint32(data)), nil, data[4:], nil
		}
	case wireFixed64:
		if len(data) >= 8 {
			return binary.LittleEndian.Uint64(data), nil, data[8:], nil
		}
	}
	return 0, nil, nil, errMalformed
}

// mostOpen is how many groups may stand inside of each other.
const mostOpen = 10000

// group takes what stands in a group off data, up to its end, whose number must
// be the same.
func group(number uint64, data []byte) (inside, rest []byte, err error) {
	open := []uint64{number}
	for rest = data; ; {
		at := len(data) - len(rest)
		var f wireField
		if f, rest, err = next(rest); err != nil {
			return nil, nil, err
		}
		switch f.wire {
		case wireStart:
			if open = append(open, f.number); len(open) > mostOpen {
				return nil, nil, errMalformed
			}
		case wireEnd:
			if open[len(open)-1] != f.number {
				return nil, nil, errMalformed
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				return data[:at], rest, nil
			}
		}
	}
}
