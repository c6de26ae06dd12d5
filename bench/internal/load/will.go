package load

// willSeq is the sequence number in the payload of a will: no message has it.
const willSeq = 0xFFFFFFFF

// will returns the payload of the client's will, which names the client.
func (c *client) will() []byte {
	b := make([]byte, headerSize)
	header{publisher: uint32(c.index), seq: willSeq}.put(b)
	return b
}
