// Package record is the codec of the lossless line format that
// "mqt sub -o ndjson" writes and "mqt pub --ndjson" reads: one JSON object a
// line, one message an object.
//
//	{"time":"2026-11-20T23:32:29.611361123Z","topic":"a/b","qos":1,"retain":true,
//	 "dup":true,"mid":7,"payload":"21.5","properties":[
//	   {"name":"content-type","value":"text/plain"},
//	   {"name":"user-property","key":"unit","value":"C"},
//	   {"name":"correlation-data","value_base64":"AAEC"}]}
//
// The fields, in the order they are written:
//
//   - time: when the message arrived, RFC 3339 in UTC with up to nine decimals;
//     left out when unknown.
//   - topic: the topic name; required.
//   - qos: 0, 1 or 2; 0 when left out.
//   - retain: true or false; false when left out.
//   - dup: true when the delivery may have been made before; else left out.
//   - mid: the packet identifier of the delivery; left out when 0.
//   - payload: the payload as text. When it is not valid UTF-8,
//     payload_base64 holds it instead in standard base64 with padding. Readers
//     also accept any other JSON value as payload: the payload is then the text
//     of that value as it stands in the line, and empty for null.
//   - properties: the MQTT 5 properties in the order of the wire, repeated ones
//     included; left out when there are none. Each has a name as
//     [mqtt.PropertyID.String] gives it, and: value, a number or a string by the
//     type of the property; key and value for user-property; value_base64 for
//     binary data (readers also accept value with text).
//
// Writers escape control characters, C1 and DEL included, so a line is safe to
// show on a terminal. Readers refuse fields they do not know, so that a slip of
// the pen is not a lost option.
package record
