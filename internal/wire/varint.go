package wire

// MaxRemaining is the largest remaining length the wire can carry, in bytes.
const MaxRemaining = 268_435_455

// AppendVarint appends v, at most MaxRemaining, as a variable byte integer.
func AppendVarint(dst []byte, v uint32) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// VarintSize returns how many bytes AppendVarint appends: 1 to 4.
func VarintSize(v uint32) int {
	switch {
	case v < 1<<7:
		return 1
	case v < 1<<14:
		return 2
	case v < 1<<21:
		return 3
	}
	return 4
}

// varint reads a variable byte integer at the front of b and returns how many
// bytes it takes. It returns ErrIncomplete when b ends too early, and a
// malformed packet when there are more than four bytes or more than the value
// needs. [MQTT-1.5.5-1]
func varint(b []byte) (v uint32, n int, err error) {
	for n < 4 {
		if n == len(b) {
			return 0, 0, ErrIncomplete
		}
		c := b[n]
		v |= uint32(c&0x7F) << (7 * n)
		n++
		if c < 0x80 {
			if c == 0 && n > 1 {
				return 0, 0, malformed("variable byte integer is longer than its value needs")
			}
			return v, n, nil
		}
	}
	return 0, 0, malformed("variable byte integer is longer than four bytes")
}
