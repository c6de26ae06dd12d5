package format

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"mqt/internal/mqtt"
)

// newProtobuf compiles o.ProtoFile, which may import what stands beside it or
// in the working directory, and decodes o.Message into the JSON that Protocol
// Buffers define: 64-bit integers are strings there.
func newProtobuf(o DecodeOptions) (decodeFunc, error) {
	if o.ProtoFile == "" {
		return nil, errors.New("protobuf needs the file that describes the message")
	}
	dir, name := filepath.Split(o.ProtoFile)
	r := &protocompile.SourceResolver{ImportPaths: []string{filepath.Clean(dir), "."}}
	return compileProtobuf(r, name, o.Message, nil)
}

// compileProtobuf returns the decoder of a message that a file describes. Edit,
// if any, may change what was decoded.
func compileProtobuf(r protocompile.Resolver, file, message string, edit func(mqtt.Message, protoreflect.Message)) (decodeFunc, error) {
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(r), MaxParallelism: 1}
	files, err := c.Compile(context.Background(), file)
	if err != nil {
		return nil, err
	}
	desc, err := findMessage(files[0], message)
	if err != nil {
		return nil, fmt.Errorf("%s %w", file, err)
	}
	types := files.AsResolver()
	in := proto.UnmarshalOptions{AllowPartial: true, RecursionLimit: maxNesting / 3, Resolver: types}
	out := protojson.MarshalOptions{AllowPartial: true, Resolver: types}
	return func(dst []byte, m mqtt.Message) ([]byte, bool) {
		msg := dynamicpb.NewMessage(desc)
		if in.Unmarshal(m.Payload, msg) != nil || len(msg.GetUnknown()) == len(m.Payload) {
			return nil, false // almost any short text is made of unknown fields
		}
		if edit != nil {
			edit(m, msg)
		}
		text, err := out.Marshal(msg)
		if err != nil {
			return nil, false
		}
		b := bytes.NewBuffer(dst)
		err = json.Compact(b, text) // spaces differ from build to build
		return b.Bytes(), err == nil && validJSON(b.Bytes())
	}, nil
}

// findMessage returns the message with the name, which needs no package when
// it is the only one of its kind; without a name, the only message at the top.
func findMessage(f linker.File, name string) (protoreflect.MessageDescriptor, error) {
	top := f.Messages()
	if name == "" && top.Len() == 1 {
		return top.Get(0), nil
	}
	var found []protoreflect.MessageDescriptor
	var names []string
	eachMessage(top, func(d protoreflect.MessageDescriptor) {
		full := string(d.FullName())
		names = append(names, full)
		if name != "" && (full == name || strings.HasSuffix(full, "."+name)) {
			found = append(found, d)
		}
	})
	exact := slices.IndexFunc(found, func(d protoreflect.MessageDescriptor) bool { return string(d.FullName()) == name })
	switch {
	case exact >= 0:
		return found[exact], nil
	case len(found) == 1:
		return found[0], nil
	case len(names) == 0:
		return nil, errors.New("describes no message")
	case name == "":
		return nil, fmt.Errorf("describes more than one message: name one of %s", strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("does not describe one message %q: name one of %s", name, strings.Join(names, ", "))
}

// eachMessage visits messages and those that are described inside of them, but
// not the entries of maps.
func eachMessage(ds protoreflect.MessageDescriptors, visit func(protoreflect.MessageDescriptor)) {
	for i := range ds.Len() {
		if d := ds.Get(i); !d.IsMapEntry() {
			visit(d)
			eachMessage(d.Messages(), visit)
		}
	}
}
