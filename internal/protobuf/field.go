package protobuf

import (
	"encoding/binary"
	"iter"
)

// Field is a field of an encoded message, as it stands there.
type Field struct {
	Number uint64
	Bits   uint64 // the value of a number
	Data   []byte // of strings, bytes and messages, else nil
	Raw    []byte // all of the field
}

// Fields yields the fields of an encoded message, not those inside of them, up
// to the first that is malformed. They share data's memory.
func Fields(data []byte) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for len(data) > 0 {
			f, rest, err := next(data)
			if err == nil && f.wire == wireStart {
				_, rest, err = group(f.number, rest)
			}
			if err != nil || f.wire == wireEnd {
				return
			}
			raw := data[:len(data)-len(rest)]
			if !yield(Field{Number: f.number, Bits: f.bits, Data: f.data, Raw: raw}) {
				return
			}
			data = rest
		}
	}
}

// AppendBytes appends a field that holds bytes, a string or a message.
func AppendBytes(dst []byte, number uint64, data []byte) []byte {
	dst = binary.AppendUvarint(dst, number<<3|wireBytes)
	dst = binary.AppendUvarint(dst, uint64(len(data)))
	return append(dst, data...)
}
