package format

// maxInlineArray is how many scalars an array may have to stay on one line.
const maxInlineArray = 16

// json writes valid JSON: a single value behind the header, an object or array
// indented below it. Texts and numbers stay as they were sent.
func (p *pretty) json(b []byte) {
	l := lexer{data: b}
	if first := l.next(); first.kind != tokOpen {
		p.inline(p.style(first), string(first.text))
		return
	}
	p.page.newline()
	l = lexer{data: b}
	opened := false // nothing stands in the innermost level yet
	for {
		array := l.inArray()
		depth := l.depth
		t := l.next()
		switch t.kind {
		case tokEnd, tokBad:
			p.page.indent = bodyIndent
			return
		case tokClose:
			if !opened {
				p.level(l.depth)
			}
			opened = false
			p.write(t)
			continue
		}
		if depth > 0 && (array || t.kind == tokKey) {
			p.separate(opened, depth)
		}
		opened = t.kind == tokOpen
		if opened && t.text[0] == '[' && p.scalars(&l) {
			opened = false
			continue
		}
		p.write(t)
		if t.kind == tokKey {
			p.page.text(paint{}, ": ")
		}
	}
}

// level starts a line as deep as depth.
func (p *pretty) level(depth int) {
	p.page.indent = bodyIndent * (1 + depth)
	if p.page.width > 0 { // deep nesting must leave room for the text
		p.page.indent = min(p.page.indent, p.page.width/2)
	}
	p.page.newline()
}

// separate goes to the place of the next member or element.
func (p *pretty) separate(first bool, depth int) {
	if !first {
		p.page.text(paint{}, ",")
	}
	p.level(depth)
}

// scalars writes the array that was just opened on one line when it holds only
// a few values that fit there, and reads over it.
func (p *pretty) scalars(l *lexer) bool {
	look := *l
	var items []token
	width := 2
	for {
		t := look.next()
		if t.kind == tokClose {
			break
		}
		if t.kind == tokOpen || len(items) == maxInlineArray {
			return false
		}
		items = append(items, t)
		width += 2 + visibleWidth(string(t.text))
	}
	if !p.page.fits(width) {
		return false
	}
	*l = look
	p.page.text(paint{}, "[")
	for i, t := range items {
		if i > 0 {
			p.page.text(paint{}, ", ")
		}
		p.write(t)
	}
	p.page.text(paint{}, "]")
	return true
}

func (p *pretty) write(t token) { p.page.text(p.style(t), string(t.text)) }

func (p *pretty) style(t token) paint {
	switch t.kind {
	case tokKey:
		return p.theme.key
	case tokString:
		return p.theme.text
	case tokNumber:
		return p.theme.number
	case tokLiteral:
		return p.theme.literal
	}
	return paint{}
}
