package format

import (
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

// pretty is the format for people. A message is a line with time, topic,
// badges, size, and the payload if it fits there; what does not fit follows,
// indented, and then the properties.
type pretty struct {
	theme theme
	page  page
	loc   *time.Location
}

// bodyIndent is how far payload and properties are moved in.
const bodyIndent = 2

func newPretty(w io.Writer, o Options) appendFunc {
	var p *pretty
	return func(dst []byte, m mqtt.Message) []byte {
		if p == nil {
			p = &pretty{theme: newTheme(w, o.Color), page: page{width: o.Width}, loc: location(o)}
		}
		return p.append(dst, m)
	}
}

func (p *pretty) append(dst []byte, m mqtt.Message) []byte {
	g := &p.page
	g.dst, g.col, g.indent = dst, 0, bodyIndent
	p.header(m)
	p.payload(m.Payload)
	for i := range m.Props {
		p.property(&m.Props[i])
	}
	dst = append(g.dst, '\n')
	g.dst = nil
	return dst
}

func (p *pretty) header(m mqtt.Message) {
	g, t := &p.page, &p.theme
	g.text(t.faint, received(m, p.loc).Format("15:04:05.000"))
	g.text(paint{}, " ")
	g.text(t.topic, m.Topic)
	if m.QoS > mqtt.AtMostOnce {
		p.badge("QoS " + strconv.Itoa(int(m.QoS)))
	}
	if m.Retain {
		p.badge("retained")
	}
	if m.Dup {
		p.badge("dup")
	}
	if len(m.Payload) > 0 {
		g.text(paint{}, " ")
		g.atom(t.faint, sizeText(len(m.Payload)))
	}
}

func (p *pretty) badge(s string) {
	p.page.text(paint{}, " ")
	if p.theme.colored {
		p.page.atom(p.theme.badge, " "+s+" ")
		return
	}
	p.page.atom(paint{}, "["+s+"]")
}

// sizeText returns a number of bytes for people.
func sizeText(n int) string {
	switch {
	case n < 1<<10:
		return strconv.Itoa(n) + " B"
	case n < 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<10), 'f', 1, 64) + " KiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
}

func (p *pretty) payload(b []byte) {
	switch {
	case len(b) == 0:
		p.inline(p.theme.faint, "(empty)")
	case isBinary(b):
		p.hexdump(b)
	case validJSON(b):
		p.json(b)
	default:
		p.lines(string(b))
	}
}

// isBinary reports whether b is no text: not UTF-8, or with control characters
// that text does not have.
func isBinary(b []byte) bool {
	if !utf8.Valid(b) {
		return true
	}
	for _, c := range b {
		if c < 0x20 && strings.IndexByte("\t\n\v\f\r\a\b\x1b", c) < 0 {
			return true
		}
	}
	return false
}

// inline writes s behind the header if it fits there, else on a line of its
// own.
func (p *pretty) inline(style paint, s string) {
	p.place(visibleWidth(s))
	p.page.text(style, s)
}

// place goes to where so many columns fit: behind the header, else to a line of
// its own.
func (p *pretty) place(columns int) {
	if p.page.fits(2 + columns) {
		p.page.text(paint{}, "  ")
		return
	}
	p.page.newline()
}

// lines writes a text payload.
func (p *pretty) lines(s string) {
	s = strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\r\n", "\n")
	if !strings.Contains(s, "\n") {
		p.inline(p.theme.value, s)
		return
	}
	for line := range strings.SplitSeq(s, "\n") {
		p.page.newline()
		p.page.text(p.theme.value, line)
	}
}

func (p *pretty) property(prop *mqtt.Property) {
	g := &p.page
	g.indent = bodyIndent
	g.newline()
	g.indent = 2 * bodyIndent
	g.text(p.theme.faint, prop.ID.String())
	if prop.ID.Type() == mqtt.TypePair {
		g.text(paint{}, " ")
		g.text(p.theme.key, prop.Key)
	}
	g.text(p.theme.faint, ": ")
	switch prop.ID.Type() {
	case mqtt.TypePair, mqtt.TypeString:
		g.text(p.theme.value, prop.Value)
	case mqtt.TypeBinary:
		if isBinary([]byte(prop.Value)) {
			g.text(p.theme.value, "0x"+string(appendHex(nil, []byte(prop.Value))))
			return
		}
		g.text(p.theme.value, prop.Value)
	default:
		g.text(p.theme.number, strconv.FormatUint(uint64(prop.Int), 10))
		if prop.ID == mqtt.PropMessageExpiry {
			g.text(p.theme.faint, " s")
		}
	}
}
