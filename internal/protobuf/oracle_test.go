package protobuf

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"
)

// deep is as far as messages of the tests may be nested.
const deep = 300

// pair decodes a message with this package and with the modules that are made
// for it.
type pair struct {
	schema *Schema
	ours   *Message
	theirs func(data []byte) (text []byte, known bool)
}

// panics reports whether theirs panics, as v1.36 does when the key of a map is
// encoded as something else.
func (p *pair) panics(data []byte) (yes bool) {
	defer func() { yes = recover() != nil }()
	p.theirs(data)
	return false
}

func newPair(t testing.TB, file, name string) *pair {
	t.Helper()
	s, err := Load(file, func(name string) ([]byte, error) { return os.ReadFile("testdata/" + name) })
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Message(name)
	if err != nil {
		t.Fatal(err)
	}
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{"testdata"}})}
	files, err := c.Compile(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	desc := files[0].FindDescriptorByName(protoreflect.FullName(name)).(protoreflect.MessageDescriptor)
	types := linker.ResolverFromFile(files[0])
	return &pair{s, m, func(data []byte) ([]byte, bool) {
		msg := dynamicpb.NewMessage(desc)
		in := proto.UnmarshalOptions{AllowPartial: true, Resolver: types}
		if in.Unmarshal(data, msg) != nil {
			return nil, false
		}
		text, err := protojson.MarshalOptions{AllowPartial: true, Resolver: types}.Marshal(msg)
		if err != nil {
			return nil, false
		}
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			t.Fatal(err)
		}
		return b.Bytes(), len(msg.GetUnknown()) != len(data)
	}}
}

func pairs(t testing.TB) []*pair {
	return []*pair{newPair(t, "three.proto", "t.three.All"), newPair(t, "two.proto", "t.two.M"), newPair(t, "edition.proto", "t.edition.M")}
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func (p *pair) check(t failer, data []byte) {
	t.Helper()
	got, gotKnown, err := p.schema.AppendJSON(nil, p.ours, data, deep)
	if err != nil {
		got, gotKnown = nil, false
	}
	if p.panics(data) {
		return
	}
	want, wantKnown := p.theirs(data)
	if !bytes.Equal(got, want) || gotKnown != wantKnown {
		t.Fatalf("%s of %x = %s, %t (%v), want %s, %t", p.ours.name, data, got, gotKnown, err, want, wantKnown)
	}
}

// TestOracle decodes messages that fit to the schema in the main.
func TestOracle(t *testing.T) {
	t.Parallel()
	for _, p := range pairs(t) {
		t.Run(p.ours.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { p.check(t, draw(t, p.ours, 3)) })
		})
	}
}

// draw makes a message.
func draw(t *rapid.T, m *Message, deep int) []byte {
	var out []byte
	for range rapid.IntRange(0, 5).Draw(t, "fields") {
		if len(m.fields) == 0 {
			return out
		}
		d := m.fields[rapid.IntRange(0, len(m.fields)-1).Draw(t, "field")]
		wire := d.kind.wire()
		switch odd := rapid.IntRange(0, 30).Draw(t, "odd"); {
		case odd == 0:
			wire = rapid.IntRange(0, 7).Draw(t, "wire")
		case odd < 5 && wire != wireStart:
			wire = wireBytes // packed
		}
		out = binary.AppendUvarint(out, d.number<<3|uint64(wire))
		switch wire {
		case wireVarint:
			out = binary.AppendUvarint(out, number(t))
		case wireFixed64:
			out = binary.LittleEndian.AppendUint64(out, number(t))
		case wireFixed32:
			out = binary.LittleEndian.AppendUint32(out, uint32(number(t)))
		case wireBytes:
			data := text(t, d, deep)
			out = append(binary.AppendUvarint(out, uint64(len(data))), data...)
		case wireStart:
			if d.message != nil && deep > 0 {
				out = append(out, draw(t, d.message, deep-1)...)
			}
			out = binary.AppendUvarint(out, d.number<<3|wireEnd)
		}
	}
	return out
}

func number(t *rapid.T) uint64 {
	return rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64(), rapid.Just(^uint64(0)), rapid.SampledFrom([]uint64{0x7ff0000000000000,
		0x7ff8000000000001, 0x3eb0c6f7a0b5ed8d, 0x444b1ae4d6e2ef50, 0x80000000, 0x7f800000, 0x3ff0000000000000, 1786000000})).Draw(t, "number")
}

// text makes what stands in a field with a length.
func text(t *rapid.T, d *field, deep int) []byte {
	if d.message != nil && deep > 0 {
		return draw(t, d.message, deep-1)
	}
	texts := [][]byte{nil, []byte("a"), []byte("a_b.c"), []byte("x/t.three.All"), []byte("google.protobuf.Duration"), []byte("é\x01\x7f<\"\\\n"), {0xff}, {1, 2, 3}, {8, 1}}
	return texts[rapid.IntRange(0, len(texts)-1).Draw(t, "text")]
}

// FuzzDecode compares what becomes of foreign bytes.
func FuzzDecode(f *testing.F) {
	all := pairs(f)
	for which := range all {
		f.Add(which, []byte{8, 1})
		f.Add(which, []byte{0x0b, 0x08, 0x01, 0x0c})
		f.Add(which, []byte{0x8a, 1, 4, 0x8a, 1, 1, 8})
	}
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		if which < 0 || which >= len(all) || len(data) > deep {
			return
		}
		all[which].check(t, data)
	})
}
