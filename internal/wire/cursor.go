package wire

import "mqt/internal/mqtt"

// cursor reads fields off the front of a body. After the first error it
// returns zero values, so that err is checked once at the end.
type cursor struct {
	b   []byte
	err error
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// take returns the next n bytes, nil when there are fewer.
func (c *cursor) take(n int, what string) []byte {
	if c.err != nil {
		return nil
	}
	if len(c.b) < n {
		c.err = malformed("packet ends inside " + what)
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) uint8(what string) byte {
	if v := c.take(1, what); v != nil {
		return v[0]
	}
	return 0
}

func (c *cursor) uint16(what string) uint16 {
	if v := c.take(2, what); v != nil {
		return uint16(v[0])<<8 | uint16(v[1])
	}
	return 0
}

// packetID reads a packet identifier, which must not be 0.
func (c *cursor) packetID() uint16 {
	id := c.uint16("packet identifier")
	if id == 0 {
		c.fail(zeroPacketID())
	}
	return id
}

// binary reads binary data. The result aliases the body.
func (c *cursor) binary(what string) []byte {
	return c.take(int(c.uint16(what)), what)
}

// text reads a UTF-8 encoded string. The result aliases the body.
func (c *cursor) text(what string) []byte {
	v := c.binary(what)
	if c.err == nil {
		c.err = checkText(what, v)
	}
	return v
}

// properties reads a property list with its length in MQTT 5, and nothing in
// the versions before it.
func (c *cursor) properties(v mqtt.Version, where places) mqtt.Properties {
	if v != mqtt.V5 || c.err != nil {
		return nil
	}
	raw, rest, err := splitProperties(c.b)
	if err != nil {
		c.err = err
		return nil
	}
	c.b = rest
	if _, c.err = scanProperties(raw, where); c.err != nil {
		return nil
	}
	return raw.Parse()
}

// end returns the error of the reads, or a refusal of bytes that are left.
func (c *cursor) end() error {
	if c.err == nil && len(c.b) > 0 {
		c.err = malformed("packet has bytes after its last field")
	}
	return c.err
}
