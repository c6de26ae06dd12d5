package format

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"

	"github.com/fxamacker/cbor/v2"

	"mqt/internal/mqtt"
	"mqt/internal/record"
)

// newCBOR decodes one data item of CBOR into JSON as RFC 8949, section 6.1,
// advises: byte strings become base64url, what JSON lacks becomes null, tags
// are left out. Big numbers stay numbers. Keys that are no text become the text
// of their JSON; objects and arrays cannot be keys.
func newCBOR(DecodeOptions) (decodeFunc, error) {
	mode, err := cbor.DecOptions{MaxNestedLevels: maxNesting - 1, MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32}.DecMode()
	if err != nil {
		return nil, err
	}
	return func(dst []byte, m mqtt.Message) ([]byte, bool) {
		if mode.Wellformed(m.Payload) != nil {
			return nil, false
		}
		r := cborReader{in: m.Payload, dst: dst, bytes: toBase64URL, ok: true}
		r.item()
		return r.dst, r.ok
	}, nil
}

// The major types of RFC 8949, section 3.1, and special lengths and values.
const (
	cborUint       = 0
	cborNegative   = 1
	cborBytes      = 2
	cborText       = 3
	cborArray      = 4
	cborMap        = 5
	cborTag        = 6
	cborIndefinite = 31
	cborBreak      = 0xff
)

// maxBigNumber is the largest big number, in bytes, that is written in digits.
const maxBigNumber = 128

// cborReader writes well-formed CBOR as JSON.
type cborReader struct {
	in    []byte
	dst   []byte
	bytes func(dst, b []byte) []byte // how byte strings are written
	ok    bool
}

func toBase64URL(dst, b []byte) []byte { return base64.RawURLEncoding.AppendEncode(dst, b) }
func toBase64(dst, b []byte) []byte    { return base64.StdEncoding.AppendEncode(dst, b) }

// head reads the initial byte and the argument of an item.
func (r *cborReader) head() (major, info byte, n uint64) {
	major, info = r.in[0]>>5, r.in[0]&31
	r.in = r.in[1:]
	if info < 24 {
		return major, info, uint64(info)
	}
	if info < 28 {
		for range 1 << (info - 24) {
			n = n<<8 | uint64(r.in[0])
			r.in = r.in[1:]
		}
	}
	return major, info, n
}

func (r *cborReader) item() {
	switch major, info, n := r.head(); major {
	case cborUint:
		r.dst = strconv.AppendUint(r.dst, n, 10)
	case cborNegative: // -1-n
		r.dst = append(r.dst, '-')
		if n == math.MaxUint64 {
			r.dst = append(r.dst, "18446744073709551616"...)
			return
		}
		r.dst = strconv.AppendUint(r.dst, n+1, 10)
	case cborBytes:
		r.dst = append(r.bytes(append(r.dst, '"'), r.str(info, n)), '"')
	case cborText:
		r.dst = record.AppendString(r.dst, r.str(info, n))
	case cborArray:
		r.dst = append(r.dst, '[')
		for first := true; r.more(info, &n); first = false {
			r.comma(first)
			r.item()
		}
		r.dst = append(r.dst, ']')
	case cborMap:
		r.dst = append(r.dst, '{')
		for first := true; r.more(info, &n); first = false {
			r.comma(first)
			r.key()
			r.dst = append(r.dst, ':')
			r.item()
		}
		r.dst = append(r.dst, '}')
	case cborTag:
		r.tagged(n)
	default:
		r.simple(info, n)
	}
}

// more reports whether an array or map of n, or an unknown number of, items
// has another.
func (r *cborReader) more(info byte, n *uint64) bool {
	if info == cborIndefinite {
		if r.in[0] == cborBreak {
			r.in = r.in[1:]
			return false
		}
		return true
	}
	*n--
	return *n != math.MaxUint64
}

func (r *cborReader) comma(first bool) {
	if !first {
		r.dst = append(r.dst, ',')
	}
}

// str reads the bytes of a string, in one piece or in chunks.
func (r *cborReader) str(info byte, n uint64) []byte {
	if info != cborIndefinite {
		b := r.in[:n]
		r.in = r.in[n:]
		return b
	}
	var all []byte
	for r.in[0] != cborBreak {
		_, info, n := r.head()
		all = append(all, r.str(info, n)...)
	}
	r.in = r.in[1:]
	return all
}

func (r *cborReader) key() {
	at := len(r.dst)
	r.item()
	var ok bool
	r.dst, ok = appendKey(r.dst, at)
	r.ok = r.ok && ok
}

// tagged writes the content of a tag, RFC 8949, section 3.4.
func (r *cborReader) tagged(tag uint64) {
	outer := r.bytes
	switch tag {
	case 2, 3:
		if r.in[0]>>5 == cborBytes {
			_, info, n := r.head()
			r.bignum(r.str(info, n), tag == 3)
			return
		}
	case 21:
		r.bytes = toBase64URL
	case 22:
		r.bytes = toBase64
	case 23:
		r.bytes = hex.AppendEncode
	}
	r.item()
	r.bytes = outer
}

func (r *cborReader) bignum(b []byte, negative bool) {
	if len(b) > maxBigNumber {
		r.dst = append(r.dst, '"')
		if negative {
			r.dst = append(r.dst, '~')
		}
		r.dst = append(toBase64URL(r.dst, b), '"')
		return
	}
	n := new(big.Int).SetBytes(b)
	if negative { // -1-n
		n.Not(n)
	}
	r.dst = n.Append(r.dst, 10)
}

func (r *cborReader) simple(info byte, n uint64) {
	switch info {
	case 20:
		r.dst = append(r.dst, "false"...)
	case 21:
		r.dst = append(r.dst, "true"...)
	case 25:
		r.dst = appendFloatJSON(r.dst, float64(half(uint16(n))), 32)
	case 26:
		r.dst = appendFloatJSON(r.dst, float64(math.Float32frombits(uint32(n))), 32)
	case 27:
		r.dst = appendFloatJSON(r.dst, math.Float64frombits(n), 64)
	default:
		r.dst = append(r.dst, "null"...)
	}
}

// half returns the value of a half-precision number, IEEE 754.
func half(b uint16) float32 {
	exponent, fraction := b>>10&31, float64(b&0x3ff)
	v := math.Ldexp(fraction+1024, int(exponent)-25)
	switch {
	case exponent == 0:
		v = math.Ldexp(fraction, -24)
	case exponent == 31 && fraction == 0:
		v = math.Inf(1)
	case exponent == 31:
		v = math.NaN()
	}
	if b>>15 == 1 {
		v = -v
	}
	return float32(v)
}

// appendFloatJSON appends the shortest JSON number that means f, as a number of so
// many bits; null when JSON has none.
func appendFloatJSON(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	form := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, f, form, -1, bits)
}
