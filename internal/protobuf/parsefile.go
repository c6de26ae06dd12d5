package protobuf

// top reads a statement of a file.
func (p *parser) top() {
	switch t := p.tok; t.text {
	case "syntax", "edition":
		p.advance()
		p.expect("=")
		p.out.syntax = p.str()
		p.out.implicit = p.out.syntax == "proto3"
		if t.text == "syntax" && p.out.syntax != "proto2" && p.out.syntax != "proto3" {
			p.fail(t.at.errorf("unknown syntax %q: proto2 and proto3 are known", p.out.syntax))
		}
		p.expect(";")
	case "package":
		p.advance()
		p.out.pkg = p.path()
		p.expect(";")
	case "import":
		p.advance()
		if !p.take("public") && !p.take("weak") {
			_ = p.take("option")
		}
		at := p.tok.at
		p.out.imports = append(p.out.imports, token{p.str(), at})
		p.expect(";")
	case "option":
		switch name, value := p.option(";"); name {
		case "features.field_presence":
			p.out.implicit = value == "IMPLICIT"
		case "features.message_encoding":
			p.out.delimited = value == "DELIMITED"
		}
		p.expect(";")
	case "service":
		p.advance()
		p.word()
		p.body()
	case "extend":
		p.extend(&p.out.messages, p.out.pkg)
	case "export", "local": // of editions
		p.advance()
	default:
		p.declaration(&p.out.messages, p.out.pkg)
	}
}

// declaration reads a message, an enumeration or an empty statement; scope is
// the name of what it stands in.
func (p *parser) declaration(messages *[]*Message, scope string) {
	switch p.tok.text {
	case "message":
		p.advance()
		*messages = append(*messages, p.message(p.word().text, scope))
	case "enum":
		p.advance()
		p.enum(scope)
	case ";":
		p.advance()
	default:
		p.unexpected()
	}
}

// body skips what stands in braces.
func (p *parser) body() {
	p.expect("{")
	p.skip("}")
	p.expect("}")
}

// option reads "option name = value" or "name = value" up to end, which it
// leaves. The value is its first token.
func (p *parser) option(end string) (name, value string) {
	if end == ";" {
		p.expect("option")
	}
	for p.err == nil && p.tok.text != "=" {
		if p.tok.text == "" || p.tok.text == ";" || p.tok.text == "{" || p.tok.text == "}" {
			p.unexpected()
		}
		name += p.advance().text
	}
	p.expect("=")
	if p.tok.text != "" && (p.tok.text[0] == '"' || p.tok.text[0] == '\'') {
		return name, p.str()
	}
	value = p.tok.text
	p.skip(end)
	return name, value
}

// enum reads an enumeration after its keyword. Values stand beside their
// enumeration, not below it.
func (p *parser) enum(scope string) {
	e := &enum{name: join(scope, p.word().text), names: map[int32]string{}}
	p.out.enums = append(p.out.enums, e)
	p.block(func() {
		switch p.tok.text {
		case "option", "reserved": // both are also names of values
			if p.tokenAfter() != "=" {
				p.skip(";")
				p.expect(";")
				return
			}
		case ";":
			p.advance()
			return
		}
		p.enumValue(e)
	})
}

func (p *parser) enumValue(e *enum) {
	name := p.word().text
	p.expect("=")
	at := p.tok.at
	negative := p.take("-")
	n := int64(p.integer())
	if negative {
		n = -n
	}
	if p.err == nil && n != int64(int32(n)) {
		p.fail(at.errorf("%d is no number of a value", n))
	}
	if _, has := e.names[int32(n)]; !has {
		e.names[int32(n)] = name
	}
	if p.take("[") {
		p.options(func(string, string) {})
	}
	p.expect(";")
}

// options reads what stands in brackets, after the opening one.
func (p *parser) options(each func(name, value string)) {
	for {
		each(p.option("]"))
		if !p.take(",") {
			break
		}
	}
	p.expect("]")
}

func join(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}
