package format

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/charmbracelet/lipgloss"

	"mqt/internal/mqtt"
)

// maxRow is how many bytes of a message a [Screen] keeps: more than any
// terminal has columns for.
const maxRow = 8192

// ScreenOptions say what a [Screen] looks like. The zero value has no title
// and no limits.
type ScreenOptions struct {
	// Title is the first row. Control characters in it are made visible.
	Title string
	// Size returns how many columns and rows there are; 0 is no limit. Nil
	// means none.
	Size func() (columns, rows int)
}

// Screen is a [Writer] that shows each topic's latest message in a row of its
// own, in the order in which the topics came, as mosquitto_sub --watch does.
// What does not fit is cut off. Its methods may be called from any goroutine.
type Screen struct {
	out io.Writer
	o   ScreenOptions

	mu            sync.Mutex // guards the fields below; held while out is written to
	w             Writer     // to line
	line          bytes.Buffer
	rows          map[string]int // by topic; the first is 0
	texts         []string       // of the rows
	columns, high int
}

// NewScreen returns a screen on the terminal out. form makes the writer that
// writes a message into its row; line ends become spaces there.
func NewScreen(out io.Writer, o ScreenOptions, form func(io.Writer) (Writer, error)) (*Screen, error) {
	s := &Screen{out: out, o: o, rows: map[string]int{}}
	var err error
	s.w, err = form(&s.line)
	return s, err
}

// Draw clears the terminal and writes everything anew.
func (s *Screen) Draw() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.columns, s.high = s.size()
	return s.draw()
}

// Resize draws everything anew if the terminal has another size than before.
func (s *Screen) Resize() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	columns, high := s.size()
	if columns == s.columns && high == s.high {
		return nil
	}
	s.columns, s.high = columns, high
	return s.draw()
}

// Write shows the message.
func (s *Screen) Write(m mqtt.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line.Reset()
	if err := s.w.Write(m); err != nil {
		return err
	}
	if err := s.w.Flush(); err != nil {
		return err
	}
	row, known := s.rows[m.Topic]
	if !known {
		row = len(s.texts)
		s.rows[m.Topic] = row
		s.texts = append(s.texts, "")
	}
	s.texts[row] = oneRow(s.line.Bytes())
	b := s.appendRow(nil, row)
	if !known {
		b = s.appendRest(b)
	}
	return s.send(s.park(b))
}

// Flush implements [Writer]; there is nothing to do.
func (s *Screen) Flush() error { return nil }

func (s *Screen) size() (columns, rows int) {
	if s.o.Size == nil {
		return 0, 0
	}
	return s.o.Size()
}

// oneRow makes one row of what may have several lines.
func oneRow(text []byte) string {
	text = bytes.TrimRight(text, "\n")
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(string(text[:min(len(text), maxRow)]))
}

func (s *Screen) draw() error {
	b := []byte("\x1b[2J")
	b = s.appendText(b, 1, string(appendVisible(nil, s.o.Title)))
	for row := range s.texts[:s.shown()] {
		b = s.appendRow(b, row)
	}
	return s.send(s.park(s.appendRest(b)))
}

// shown returns how many messages there is room for: the first row is the
// title's, the last one the cursor's.
func (s *Screen) shown() int {
	if s.high <= 0 {
		return len(s.texts)
	}
	return min(len(s.texts), max(s.high-2, 1))
}

// appendRow appends what shows the text of a row, if it is in sight.
func (s *Screen) appendRow(b []byte, row int) []byte {
	if row >= s.shown() {
		return b
	}
	return s.appendText(b, row+2, s.texts[row])
}

// appendRest appends what tells of the topics that are out of sight.
func (s *Screen) appendRest(b []byte) []byte {
	n := len(s.texts) - s.shown()
	if n == 0 {
		return b
	}
	return s.appendText(b, s.shown()+2, fmt.Sprintf("… %d more", n))
}

// park puts the cursor below the messages.
func (s *Screen) park(b []byte) []byte { return fmt.Appendf(b, "\x1b[%d;1H", s.shown()+2) }

// appendText appends a text that takes the place of a line of the terminal. It
// is cleared first: behind a full line that would take its last character.
func (s *Screen) appendText(b []byte, line int, text string) []byte {
	if s.columns > 0 {
		text = lipgloss.NewStyle().Inline(true).MaxWidth(s.columns).Render(text)
	}
	b = append(fmt.Appendf(b, "\x1b[%d;1H\x1b[K", line), text...)
	if strings.Contains(text, "\x1b") { // a colour of a template
		b = append(b, "\x1b[m"...)
	}
	return b
}

func (s *Screen) send(b []byte) error {
	if _, err := s.out.Write(b); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
