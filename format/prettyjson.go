package format

const (
	// maxInlineArray is how many scalars an array may have to stay on one line.
	maxInlineArray = 16
	// maxInlineColumns is how wide a whole payload may be to stay on one line.
	maxInlineColumns = 60
)

// json writes valid JSON: a single value, or a small object or array without
// another in it, behind the header, anything else indented below it. Texts and
// numbers stay as they were sent.
func (p *pretty) json(b []byte) {
	l := lexer{data: b}
	first := l.next()
	if first.kind != tokOpen {
		p.inline(p.style(first), string(first.text))
		return
	}
	if f := flatten(&l, first); f.ok && f.width <= maxInlineColumns && p.page.couldFit(f.width) {
		p.place(f.width)
		p.writeFlat(f)
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
		if opened && t.text[0] == '[' && p.scalars(&l, t) {
			opened = false
			continue
		}
		p.write(t)
		if t.kind == tokKey {
			p.page.text(paint{}, ": ")
			p.page.indent += bodyIndent // of what does not fit on this line
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

// flat is an object or array that holds neither objects nor arrays.
type flat struct {
	open, end token
	items     []token // keys and values
	width     int     // in columns, on one line
	ok        bool    // it is one, and not too long for a line
}

// flatten reads to the end of the object or array that open has begun. When
// the result is not ok, it stopped somewhere before.
func flatten(l *lexer, open token) flat {
	f := flat{open: open, width: 2}
	for {
		t := l.next()
		if t.kind == tokClose {
			f.end, f.ok = t, true
			return f
		}
		if t.kind == tokOpen || len(f.items) == 2*maxInlineArray {
			return f
		}
		if len(f.items) > 0 {
			f.width += 2 // the comma or colon, and a space
		}
		f.items = append(f.items, t)
		f.width += visibleWidth(string(t.text))
	}
}

// writeFlat writes f on one line.
func (p *pretty) writeFlat(f flat) {
	p.write(f.open)
	for i, t := range f.items {
		if i > 0 && f.items[i-1].kind == tokKey {
			p.page.text(paint{}, ": ")
		} else if i > 0 {
			p.page.text(paint{}, ", ")
		}
		p.write(t)
	}
	p.write(f.end)
}

// scalars writes the array that was just opened on one line when it holds only
// a few values that fit there, and reads over it.
func (p *pretty) scalars(l *lexer, open token) bool {
	look := *l
	f := flatten(&look, open)
	if !f.ok || len(f.items) > maxInlineArray || !p.page.fits(f.width) {
		return false
	}
	*l = look
	p.writeFlat(f)
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
