package protobuf

import "strings"

// messageBody is a message while it is read.
type messageBody struct {
	m      *Message
	oneofs int
}

// message reads a message after its name.
func (p *parser) message(name, scope string) *Message {
	b := &messageBody{m: &Message{name: join(scope, name)}}
	p.block(func() { p.member(b) })
	return b.m
}

// member reads a statement of a message. The language has keywords that are
// also names: what comes next decides.
func (p *parser) member(b *messageBody) {
	switch p.tok.text {
	case "message", "enum", ";", "export", "local":
		if p.keyword() {
			if p.tok.text == "export" || p.tok.text == "local" {
				p.advance()
			}
			p.declaration(&b.m.nested, b.m.name)
			return
		}
	case "extend":
		if p.keyword() {
			p.extend(&b.m.nested, b.m.name)
			return
		}
	case "option":
		if p.keyword() {
			p.option(";")
			p.expect(";")
			return
		}
	case "extensions", "reserved":
		if p.keyword() {
			p.skip(";")
			p.expect(";")
			return
		}
	case "oneof":
		if p.keyword() {
			p.oneof(b)
			return
		}
	}
	p.field(b, 0)
}

// tokenAfter returns the token after the next one.
func (p *parser) tokenAfter() string {
	look := p.lex
	t, _ := look.next() // an error is reported when it is reached
	return t.text
}

// keyword reports whether the next word begins a statement rather than a
// field of a type with that name, as "message m = 1;" and "message.M m = 1;" do.
func (p *parser) keyword() bool {
	if p.tok.text == ";" || p.tok.text == "option" {
		return true
	}
	look := p.lex
	first, _ := look.next()
	second, _ := look.next()
	return second.text != "=" && (first.text != "." || p.tok.text == "extend")
}

func (p *parser) oneof(b *messageBody) {
	p.advance()
	p.word()
	b.oneofs++
	number := b.oneofs
	p.block(func() {
		switch {
		case p.tok.text == "option":
			p.option(";")
			p.expect(";")
		case !p.take(";"):
			p.field(b, number)
		}
	})
}

// extend reads fields that are added to another message. Groups in it are
// nested in what it stands in.
func (p *parser) extend(nested *[]*Message, scope string) {
	p.advance()
	target := p.path()
	added := &messageBody{m: &Message{name: scope}}
	p.block(func() {
		if !p.take(";") {
			p.field(added, 0)
		}
	})
	*nested = append(*nested, added.m.nested...)
	for _, f := range added.m.fields {
		f.extends, f.implicit = target, false
		f.json = "[" + join(scope, f.name) + "]"
		p.out.extensions = append(p.out.extensions, f)
	}
}

// field reads a field or a group.
func (p *parser) field(b *messageBody, oneof int) {
	f := &field{at: p.tok.at, scope: b.m.name, oneof: oneof, delimited: p.out.delimited,
		lax: p.lax(), implicit: p.out.implicit && oneof == 0}
	switch p.tok.text {
	case "optional", "required", "repeated":
		if p.tokenAfter() != "." {
			f.repeated = p.tok.text == "repeated"
			f.implicit = f.implicit && p.out.syntax != "proto3" && !f.repeated
			p.advance()
		}
	}
	switch {
	case p.tok.text == "map" && p.tokenAfter() == "<":
		p.mapType(b, f)
	case p.tok.text == "group" && p.tokenAfter() != ".":
		p.advance()
		f.kind = kindGroup
	default:
		f.typeName = p.path()
		f.kind, _ = scalar(f.typeName)
	}
	name := p.word().text
	f.name = name
	if f.kind == kindGroup {
		f.name = strings.ToLower(name)
	}
	f.json = camelCase(f.name)
	p.numberAndOptions(f)
	if f.kind == kindGroup {
		f.message = p.message(name, b.m.name)
		b.m.nested = append(b.m.nested, f.message)
	} else {
		p.expect(";")
	}
	b.m.fields = append(b.m.fields, f)
	p.out.fields = append(p.out.fields, f)
}

// lax reports whether strings may be of any bytes.
func (p *parser) lax() bool { return p.out.syntax != "proto3" }

// mostNumber is the highest number of a field.
const mostNumber = 1<<29 - 1

func (p *parser) numberAndOptions(f *field) {
	p.expect("=")
	at := p.tok.at
	if f.number = p.integer(); p.err == nil && (f.number < 1 || f.number > mostNumber) {
		p.fail(at.errorf("%d is no number of a field", f.number))
	}
	if p.take("[") {
		p.options(func(name, value string) {
			switch name {
			case "json_name":
				f.json = value
			case "features.field_presence":
				f.implicit = value == "IMPLICIT"
			case "features.message_encoding":
				f.delimited = value == "DELIMITED"
			}
		})
	}
}

// mapType reads map<key, value>: repeated messages of a key and a value.
func (p *parser) mapType(b *messageBody, f *field) {
	p.advance()
	p.expect("<")
	key := &field{name: "key", number: 1, at: p.tok.at, implicit: true, lax: p.lax()}
	key.kind, _ = scalar(p.word().text)
	if key.kind == kindNamed || key.kind == kindDouble || key.kind == kindFloat || key.kind == kindBytes {
		p.fail(key.at.errorf("a map needs integers, booleans or strings as keys"))
	}
	p.expect(",")
	value := &field{name: "value", number: 2, at: p.tok.at, scope: b.m.name, lax: p.lax()}
	value.typeName = p.path()
	value.kind, _ = scalar(value.typeName)
	p.expect(">")
	p.out.fields = append(p.out.fields, value)
	f.kind, f.repeated = kindMessage, true
	f.message = &Message{isMap: true, fields: []*field{key, value}}
}

// camelCase is the name of a field in JSON.
func camelCase(name string) string {
	var b []byte
	up := false
	for i := range len(name) {
		c := name[i]
		if c == '_' {
			up = true
			continue
		}
		if up && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
		up = false
	}
	return string(b)
}
