package format

import (
	"io"
	"slices"

	"mqt/internal/mqtt"
	"mqt/internal/record"
)

func newText(_ io.Writer, o Options) appendFunc {
	if o.Escape {
		return lines(o, appendVisible[string], appendVisible[[]byte])
	}
	return lines(o, appendPlain, func(dst, p []byte) []byte { return append(dst, p...) })
}

func newHex(_ io.Writer, o Options) appendFunc {
	topic := appendPlain
	if o.Escape {
		topic = appendVisible[string]
	}
	return lines(o, topic, appendHex)
}

func newRaw(io.Writer, Options) appendFunc {
	return func(dst []byte, m mqtt.Message) []byte { return append(dst, m.Payload...) }
}

func newNDJSON(_ io.Writer, o Options) appendFunc {
	return func(dst []byte, m mqtt.Message) []byte {
		at := len(dst)
		dst = record.Append(dst, m)
		if o.Escape {
			dst = visibleJSON(dst, at)
		}
		return append(dst, '\n')
	}
}

func appendPlain(dst []byte, s string) []byte { return append(dst, s...) }

const lowerHex = "0123456789abcdef"

func appendHex(dst, p []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, 2*len(p))[:at+2*len(p)]
	out := dst[at:]
	for i, c := range p {
		out[2*i+1] = lowerHex[c&15]
		out[2*i] = lowerHex[c>>4]
	}
	return dst
}

// lines is the shape of mosquitto_sub's plain output: an empty payload writes
// nothing, or "topic (null)" when verbose, and not even that without newlines.
func lines(o Options, topic func([]byte, string) []byte, payload func(dst, p []byte) []byte) appendFunc {
	return func(dst []byte, m mqtt.Message) []byte {
		if len(m.Payload) == 0 {
			if o.Verbose && !o.NoNewline {
				dst = append(topic(dst, m.Topic), " (null)\n"...)
			}
			return dst
		}
		if o.Verbose {
			dst = append(topic(dst, m.Topic), ' ')
		}
		dst = payload(dst, m.Payload)
		if !o.NoNewline {
			dst = append(dst, '\n')
		}
		return dst
	}
}
