package pub

import (
	"bytes"
	"fmt"
	"io"
)

// MaxRewind is how much of an input that is not a file Rewinder keeps.
const MaxRewind = 64 << 20

// Rewinder reads an input that can be read again from where it began: a file
// is rewound, of another input what was read is kept.
type Rewinder struct {
	r      io.Reader
	seeker io.Seeker // nil when r cannot be rewound
	begin  int64
	kept   []byte
	limit  int
}

// NewRewinder returns a Rewinder of r.
func NewRewinder(r io.Reader) *Rewinder {
	w := &Rewinder{r: r, limit: MaxRewind}
	if s, ok := r.(io.Seeker); ok {
		if at, err := s.Seek(0, io.SeekCurrent); err == nil {
			w.seeker, w.begin = s, at
		}
	}
	return w
}

// Read reads from the input. It fails when more than MaxRewind bytes would
// have to be kept.
func (w *Rewinder) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.seeker == nil {
		if len(w.kept)+n > w.limit {
			return 0, fmt.Errorf("the input is larger than %d MiB, too large to be repeated; give it as a file", w.limit>>20)
		}
		w.kept = append(w.kept, p[:n]...)
	}
	return n, err
}

// Again returns a reader of the whole input. It must have been read to its end.
// When it is called again the reader it returned before is void.
func (w *Rewinder) Again() (io.Reader, error) {
	if w.seeker == nil {
		return bytes.NewReader(w.kept), nil
	}
	if _, err := w.seeker.Seek(w.begin, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the input again: %w", err)
	}
	return w.r, nil
}
