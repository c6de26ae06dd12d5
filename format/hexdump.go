package format

import (
	"bytes"
	"strconv"
)

// maxDump is how many bytes of a payload are dumped.
const maxDump = 4096

// hexdump writes b in the layout of hexdump -C: offset, 16 bytes in two groups,
// the bytes as text; a star stands for lines equal to the one before. Narrow
// pages get eight bytes a line.
func (p *pretty) hexdump(b []byte) {
	g := &p.page
	row := 16
	if g.width > 0 && g.width < g.indent+78 {
		row = 8
	}
	rest := len(b) - maxDump
	if rest > 0 {
		b = b[:maxDump]
	}
	starred := false
	for at := 0; at < len(b); at += row {
		line := b[at:min(at+row, len(b))]
		if at > 0 && len(line) == row && at+row < len(b) && bytes.Equal(line, b[at-row:at]) {
			if !starred {
				g.newline()
				g.text(p.theme.faint, "*")
			}
			starred = true
			continue
		}
		starred = false
		g.newline()
		p.dumpLine(at, line, row)
	}
	g.newline()
	if rest > 0 {
		g.text(p.theme.faint, "… "+strconv.Itoa(rest)+" more bytes")
		return
	}
	g.text(p.theme.faint, offset(len(b)))
}

func offset(n int) string {
	s := strconv.FormatInt(int64(n), 16)
	return "00000000"[:max(0, 8-len(s))] + s
}

func (p *pretty) dumpLine(at int, line []byte, row int) {
	g := &p.page
	g.dst = append(append(append(g.dst, p.theme.faint.on...), offset(at)...), p.theme.faint.off...)
	g.dst = append(g.dst, ' ')
	for i := range row {
		if i%8 == 0 {
			g.dst = append(g.dst, ' ')
		}
		if i < len(line) {
			g.dst = append(g.dst, lowerHex[line[i]>>4], lowerHex[line[i]&15], ' ')
		} else {
			g.dst = append(g.dst, "   "...)
		}
	}
	g.dst = append(append(g.dst, ' '), p.theme.text.on...)
	g.dst = append(g.dst, '|')
	for _, c := range line {
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		g.dst = append(g.dst, c)
	}
	g.dst = append(append(g.dst, '|'), p.theme.text.off...)
}
