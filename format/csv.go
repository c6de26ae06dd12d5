package format

import (
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

const csvHeader = "time,topic,qos,retain,payload,payload_base64\n"

// newCSV writes RFC 4180 with "\n" as the line end. The payload is in one of
// the last two columns, depending on whether it is UTF-8, so nothing is lost.
func newCSV(_ io.Writer, o Options) appendFunc {
	text := appendPlain
	if o.Escape {
		text = appendVisible[string]
	}
	started := o.NoHeader
	var enc, visible []byte // kept for their capacity
	return func(dst []byte, m mqtt.Message) []byte {
		if !started {
			dst = append(dst, csvHeader...)
			started = true
		}
		dst = received(m, time.UTC).AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, ',')
		visible = text(visible[:0], m.Topic)
		dst = append(appendCSV(dst, visible), ',', '0'+byte(m.QoS), ',')
		dst = append(strconv.AppendBool(dst, m.Retain), ',')
		switch {
		case !utf8.Valid(m.Payload):
			enc = base64.StdEncoding.AppendEncode(enc[:0], m.Payload)
			dst = append(append(dst, ','), enc...)
		case o.Escape:
			visible = appendVisible(visible[:0], m.Payload)
			dst = append(appendCSV(dst, visible), ',')
		default:
			dst = append(appendCSV(dst, m.Payload), ',')
		}
		return append(dst, '\n')
	}
}

// appendCSV appends one field, in quotes where it needs them.
func appendCSV(dst, field []byte) []byte {
	plain := len(field) == 0 || field[0] != ' ' && field[len(field)-1] != ' '
	for _, c := range field {
		plain = plain && strings.IndexByte("\",\r\n", c) < 0
	}
	if plain {
		return append(dst, field...)
	}
	dst = append(dst, '"')
	for _, c := range field {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
