package wal

import (
	"encoding/binary"
	"hash/crc32"
)

// MaxRecord is the length of the longest record in bytes: 256 MiB, more than the
// largest MQTT packet, and 1 MiB for what the caller keeps with it.
const MaxRecord = 257 << 20

const (
	magic      = "mqtWAL\r\n"
	version    = 1
	headerSize = 48
	frameSize  = 16 // without the payload

	kindLog  = 1 // in the header
	kindSnap = 2

	frameRecord = 1
	frameMark   = 2
	frameEnd    = 3

	kindShift  = 29
	lengthMask = 1<<kindShift - 1
)

// header opens each file.
type header struct {
	kind   uint16
	number uint64 // of the file
	first  uint64 // sequence number, see the package comment
	salt   uint64
}

func (h header) append(b []byte) []byte {
	start := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint16(b, version)
	b = binary.LittleEndian.AppendUint16(b, h.kind)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, h.number)
	b = binary.LittleEndian.AppendUint64(b, h.first)
	b = binary.LittleEndian.AppendUint64(b, h.salt)
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint32(b, checksum(0, b[start:]))
}

// parseHeader reads the header of a file; the reason is empty when it is good.
func parseHeader(b []byte) (h header, reason string) {
	switch {
	case len(b) < headerSize:
		return h, "the file ends within its header"
	case string(b[:8]) != magic:
		return h, "not a file of this log"
	case binary.LittleEndian.Uint32(b[44:]) != checksum(0, b[:44]):
		return h, "the header's checksum does not match"
	case binary.LittleEndian.Uint16(b[8:]) != version:
		return h, "written by a newer version"
	}
	return header{
		kind:   binary.LittleEndian.Uint16(b[10:]),
		number: binary.LittleEndian.Uint64(b[16:]),
		first:  binary.LittleEndian.Uint64(b[24:]),
		salt:   binary.LittleEndian.Uint64(b[32:]),
	}, ""
}

// seed is the checksum that the frames of this file start from.
func (h header) seed() uint32 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], h.salt)
	binary.LittleEndian.PutUint64(b[8:], h.number)
	return checksum(0, b[:])
}

func checksum(crc uint32, b []byte) uint32 {
	return crc32.Update(crc, crc32.MakeTable(crc32.Castagnoli), b)
}

// appendOpen appends a frame that still lacks its sequence number and checksum.
func appendOpen(b []byte, kind uint32, payload []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, kind<<kindShift|uint32(len(payload)))
	b = append(b, make([]byte, frameSize-4)...)
	return append(b, payload...)
}

// sealer completes frames for one file.
type sealer struct {
	salt uint64
	seed uint32
}

func (h header) sealer() sealer { return sealer{salt: h.salt, seed: h.seed()} }

// seal completes the frame that b starts with and returns its length. What
// appendOpen made is complete by construction.
func (s sealer) seal(b []byte, seq uint64) int {
	end := frameSize + int(binary.LittleEndian.Uint32(b)&lengthMask)
	binary.LittleEndian.PutUint64(b[8:], seq^s.salt)
	binary.LittleEndian.PutUint32(b[4:], s.sum(b[:end]))
	return end
}

func (s sealer) sum(frame []byte) uint32 {
	return checksum(checksum(s.seed, frame[:4]), frame[8:])
}
