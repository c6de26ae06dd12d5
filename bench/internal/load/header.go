package load

import "encoding/binary"

// HeaderSize is the length in bytes of what begins every payload.
const HeaderSize = 16

const headerVersion = 1

// header is the first 16 bytes of a payload.
type header struct {
	publisher uint32 // 24 bits
	seq       uint32
	intended  uint64 // nanoseconds since the load began
}

func (h header) put(b []byte) {
	binary.BigEndian.PutUint32(b, headerVersion<<24|h.publisher)
	binary.BigEndian.PutUint32(b[4:], h.seq)
	binary.BigEndian.PutUint64(b[8:], h.intended)
}

// parseHeader reports false when b is not a payload of ours.
func parseHeader(b []byte) (header, bool) {
	if len(b) < HeaderSize || b[0] != headerVersion {
		return header{}, false
	}
	return header{
		publisher: binary.BigEndian.Uint32(b) & 0xFFFFFF,
		seq:       binary.BigEndian.Uint32(b[4:]),
		intended:  binary.BigEndian.Uint64(b[8:]),
	}, true
}
