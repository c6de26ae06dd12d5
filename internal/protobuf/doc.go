// Package protobuf decodes messages of Protocol Buffers into JSON, as the text
// of a schema describes them. It reads the languages proto2, proto3 and the
// editions: https://protobuf.dev/reference/protobuf/proto3-spec/,
// https://protobuf.dev/programming-guides/encoding/ and
// https://protobuf.dev/programming-guides/json/.
//
// It checks of a schema what it needs to decode: a compiler of Protocol Buffers
// refuses more. Options do not matter to it, but for json_name and
// the features field_presence and message_encoding.
//
// The modules made for this initialise tables of reflection when a program
// starts, whether it decodes anything or not, which doubled the time that mqt
// takes to publish a message. The tests compare with them.
package protobuf
