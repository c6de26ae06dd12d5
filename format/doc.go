// Package format turns messages into bytes on a writer.
//
// [New] makes the named formats:
//
//   - text: the payload and a line end, or "topic payload" with Verbose. An
//     empty payload writes nothing, with Verbose "topic (null)".
//   - pretty: for people: time, topic, quality of service, size, indented and
//     coloured JSON, a hex dump of binary data, properties.
//   - json: one object a message in the shape of mosquitto_sub's %j.
//   - ndjson: one object a line, nothing lost; see mqt/internal/record for the
//     fields.
//   - hex: as text, with the payload as lower-case hex digits.
//   - raw: the payloads, nothing between them.
//   - csv: RFC 4180 under a header line; a payload that is not UTF-8 is base64
//     in a column of its own.
//   - influx: the line protocol of InfluxDB, the topic as a tag, the values of a
//     JSON payload as fields. Messages without a value are left out.
//
// [NewTemplate] makes a writer from the format language of mosquitto_sub -F.
// [ParseWhere] reads a condition on JSON payloads.
//
// Writers collect output in a buffer of their own. Nothing here may be used
// from two goroutines at a time.
package format
