package format

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/record"
)

// decodeMsgpack decodes one MessagePack object into JSON, as specified at
// https://github.com/msgpack/msgpack/blob/master/spec.md: binary data becomes
// base64, a timestamp its RFC 3339 text, another extension an object such as
// {"type":1,"data":"AQ=="}, and a number that JSON lacks null. Keys that are no
// text become the text of their JSON; maps and arrays cannot be keys.
func decodeMsgpack(dst []byte, m mqtt.Message) ([]byte, bool) {
	r := msgpackReader{in: m.Payload, dst: dst, ok: true}
	r.object(0)
	return r.dst, r.ok && len(r.in) == 0
}

// msgpackReader writes MessagePack as JSON. After an error it reads zeros.
type msgpackReader struct {
	in  []byte
	dst []byte
	ok  bool
}

// take returns the next n bytes; none, and not ok, when there are fewer.
func (r *msgpackReader) take(n uint64) []byte {
	if n > uint64(len(r.in)) {
		r.ok, r.in = false, nil
		return nil
	}
	b := r.in[:n]
	r.in = r.in[n:]
	return b
}

// uint reads a number of 1, 2, 4 or 8 bytes.
func (r *msgpackReader) uint(size uint64) uint64 {
	var n uint64
	for _, c := range r.take(size) {
		n = n<<8 | uint64(c)
	}
	return n
}

// int reads a signed number of 1, 2, 4 or 8 bytes.
func (r *msgpackReader) int(size uint64) int64 {
	shift := 64 - 8*size
	return int64(r.uint(size)<<shift) >> shift
}

// object writes an object whose type has its size in the first byte, or which
// has none.
func (r *msgpackReader) object(depth int) {
	b := r.take(1)
	if len(b) == 0 {
		return
	}
	switch c := b[0]; {
	case c < 0x80:
		r.dst = strconv.AppendUint(r.dst, uint64(c), 10)
	case c < 0x90:
		r.pairs(uint64(c&15), depth+1)
	case c < 0xa0:
		r.array(uint64(c&15), depth+1)
	case c < 0xc0:
		r.dst = record.AppendString(r.dst, r.take(uint64(c&31)))
	case c == 0xc0:
		r.dst = append(r.dst, "null"...)
	case c == 0xc2, c == 0xc3:
		r.dst = strconv.AppendBool(r.dst, c == 0xc3)
	case c >= 0xe0:
		r.dst = strconv.AppendInt(r.dst, int64(int8(c)), 10)
	default:
		r.sized(c, depth)
	}
}

// sized writes an object whose size follows its type c.
func (r *msgpackReader) sized(c byte, depth int) {
	switch c {
	case 0xc4, 0xc5, 0xc6:
		r.dst = append(toBase64(append(r.dst, '"'), r.take(r.uint(1<<(c-0xc4)))), '"')
	case 0xc7, 0xc8, 0xc9:
		r.extension(r.uint(1 << (c - 0xc7)))
	case 0xca:
		r.dst = appendFloatJSON(r.dst, float64(math.Float32frombits(uint32(r.uint(4)))), 32)
	case 0xcb:
		r.dst = appendFloatJSON(r.dst, math.Float64frombits(r.uint(8)), 64)
	case 0xcc, 0xcd, 0xce, 0xcf:
		r.dst = strconv.AppendUint(r.dst, r.uint(1<<(c-0xcc)), 10)
	case 0xd0, 0xd1, 0xd2, 0xd3:
		r.dst = strconv.AppendInt(r.dst, r.int(1<<(c-0xd0)), 10)
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		r.extension(1 << (c - 0xd4))
	case 0xd9, 0xda, 0xdb:
		r.dst = record.AppendString(r.dst, r.take(r.uint(1<<(c-0xd9))))
	case 0xdc, 0xdd:
		r.array(r.uint(2<<(c-0xdc)), depth+1)
	case 0xde, 0xdf:
		r.pairs(r.uint(2<<(c-0xde)), depth+1)
	default: // 0xc1 is never used
		r.ok = false
	}
}

// nested reports whether there is room for another level, and stops the reader
// when there is not.
func (r *msgpackReader) nested(depth int) bool {
	if depth >= maxNesting {
		r.ok, r.in = false, nil
	}
	return r.ok
}

func (r *msgpackReader) array(n uint64, depth int) {
	r.dst = append(r.dst, '[')
	for i := uint64(0); i < n && r.nested(depth); i++ {
		if i > 0 {
			r.dst = append(r.dst, ',')
		}
		r.object(depth)
	}
	r.dst = append(r.dst, ']')
}

func (r *msgpackReader) pairs(n uint64, depth int) {
	r.dst = append(r.dst, '{')
	for i := uint64(0); i < n && r.nested(depth); i++ {
		if i > 0 {
			r.dst = append(r.dst, ',')
		}
		at := len(r.dst)
		if r.object(depth); !r.ok {
			return
		}
		var ok bool
		r.dst, ok = appendKey(r.dst, at)
		r.ok = r.ok && ok
		r.dst = append(r.dst, ':')
		r.object(depth)
	}
	r.dst = append(r.dst, '}')
}

// extension writes an extension with n bytes of data.
func (r *msgpackReader) extension(n uint64) {
	kind := r.int(1)
	data := r.take(n)
	if at, ok := msgpackTime(kind, data); ok {
		r.dst = at.AppendFormat(r.dst, `"`+time.RFC3339Nano+`"`)
		return
	}
	r.dst = append(r.dst, `{"type":`...)
	r.dst = strconv.AppendInt(r.dst, kind, 10)
	r.dst = append(r.dst, `,"data":"`...)
	r.dst = append(toBase64(r.dst, data), `"}`...)
}

// msgpackTime reads a timestamp, which is extension -1, of a year that RFC 3339
// can write.
func msgpackTime(kind int64, data []byte) (time.Time, bool) {
	var seconds int64
	var nanos uint64
	switch len(data) {
	case 4:
		seconds = int64(binary.BigEndian.Uint32(data))
	case 8:
		n := binary.BigEndian.Uint64(data)
		seconds, nanos = int64(n&(1<<34-1)), n>>34
	case 12:
		nanos, seconds = uint64(binary.BigEndian.Uint32(data)), int64(binary.BigEndian.Uint64(data[4:]))
	default:
		return time.Time{}, false
	}
	const year0, year10000 = -62167219200, 253402300800
	ok := kind == -1 && nanos < 1e9 && seconds >= year0 && seconds < year10000
	return time.Unix(seconds, int64(nanos)).UTC(), ok
}
