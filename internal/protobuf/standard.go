package protobuf

import "strings"

// standard returns the schemas that come with Protocol Buffers:
// https://protobuf.dev/reference/protobuf/google.protobuf/. What only
// describes options is there by name, since options do not matter here.
func standard(file string) (string, bool) {
	const head = "syntax = \"proto3\"; package google.protobuf; "
	name, ok := strings.CutPrefix(file, "google/protobuf/")
	if !ok {
		return "", false
	}
	switch name {
	case "any.proto":
		return head + `message Any { string type_url = 1; bytes value = 2; }`, true
	case "timestamp.proto":
		return head + `message Timestamp { int64 seconds = 1; int32 nanos = 2; }`, true
	case "duration.proto":
		return head + `message Duration { int64 seconds = 1; int32 nanos = 2; }`, true
	case "empty.proto":
		return head + `message Empty {}`, true
	case "field_mask.proto":
		return head + `message FieldMask { repeated string paths = 1; }`, true
	case "source_context.proto":
		return head + `message SourceContext { string file_name = 1; }`, true
	case "struct.proto":
		return head + structSchema, true
	case "wrappers.proto":
		return head + wrappersSchema, true
	case "descriptor.proto":
		return "syntax = \"proto2\"; package google.protobuf; " + optionsSchema, true
	}
	return "", false
}

const structSchema = `
message Struct { map<string, Value> fields = 1; }
message ListValue { repeated Value values = 1; }
enum NullValue { NULL_VALUE = 0; }
message Value {
  oneof kind {
    NullValue null_value = 1; double number_value = 2; string string_value = 3;
    bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6;
  }
}`

const wrappersSchema = `
message DoubleValue { double value = 1; } message FloatValue { float value = 1; }
message Int64Value { int64 value = 1; } message UInt64Value { uint64 value = 1; }
message Int32Value { int32 value = 1; } message UInt32Value { uint32 value = 1; }
message BoolValue { bool value = 1; }
message StringValue { string value = 1; } message BytesValue { bytes value = 1; }`

const optionsSchema = `
message FileOptions {} message MessageOptions {} message FieldOptions {} message OneofOptions {}
message EnumOptions {} message EnumValueOptions {} message ServiceOptions {} message MethodOptions {}
message ExtensionRangeOptions {} message FeatureSet {}`
