package format

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"mqt/internal/mqtt"
)

// Dir is a Writer that writes each message into a new file of a directory. The
// names sort by the time of arrival, and hold the topic in a form that is safe
// everywhere: 20261120T233229.611361123Z-000001-home%2Fkitchen.
type Dir struct {
	root   *os.Root // nothing outside of it can be written to
	inner  Writer
	path   string // Options.Select
	buf    bytes.Buffer
	number uint64 // of the last message
}

// NewDir makes the directory if there is none yet, and returns a Writer that
// writes files in the named format. Close it in the end.
func NewDir(dir, name string, o Options) (*Dir, error) {
	d := &Dir{path: o.Select}
	inner, err := New(name, &d.buf, o)
	if err != nil {
		return nil, err
	}
	d.inner = inner
	return d, d.open(dir)
}

// NewTemplateDir is NewDir for the language of [NewTemplate].
func NewTemplateDir(dir, template string, o Options) (*Dir, error) {
	d := &Dir{path: o.Select}
	inner, err := NewTemplate(template, &d.buf, o)
	if err != nil {
		return nil, err
	}
	d.inner = inner
	return d, d.open(dir)
}

func (d *Dir) open(dir string) error {
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		d.root, err = os.OpenRoot(dir)
	}
	return err
}

// Write implements Writer. The file is complete when it returns, or is not
// there.
func (d *Dir) Write(m mqtt.Message) error {
	if d.path != "" {
		if _, ok := Select(m.Payload, d.path); !ok {
			return nil
		}
	}
	d.buf.Reset()
	err := d.inner.Write(m)
	if err == nil {
		err = d.inner.Flush()
	}
	if err == nil {
		err = d.save(m)
	}
	if d.buf.Cap() > keepSize {
		d.buf = bytes.Buffer{}
	}
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// save writes what the format has made of m.
func (d *Dir) save(m mqtt.Message) error {
	const tries = 1000 // another program may count at the same time
	for try := 1; ; try++ {
		d.number++
		name := fileName(m, d.number)
		f, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if errors.Is(err, fs.ErrExist) && try < tries {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.Write(d.buf.Bytes())
		if err = errors.Join(err, f.Close()); err != nil {
			return errors.Join(err, d.root.Remove(name))
		}
		return nil
	}
}

// Flush implements Writer; there is nothing to do.
func (d *Dir) Flush() error { return nil }

// Close ends the use of the directory.
func (d *Dir) Close() error { return d.root.Close() }

func fileName(m mqtt.Message, number uint64) string {
	at := received(m, time.UTC).Format("20060102T150405.000000000Z")
	return fmt.Sprintf("%s-%06d-%s", at, number, safeName(m.Topic))
}

// maxSafeName is how much of a topic is put into the name of a file. Names of
// more than 255 bytes are impossible almost everywhere.
const maxSafeName = 160

// safeName returns the topic as a part of a file's name: letters, digits, dots,
// dashes and underlines stay, other bytes are written as %2F. What is too long
// ends in ~ and a hash of the topic.
func safeName(topic string) string {
	var b strings.Builder
	for i := 0; i < len(topic); i++ {
		switch c := topic[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
		if b.Len() > maxSafeName {
			h := fnv.New64a()
			_, _ = io.WriteString(h, topic)
			return fmt.Sprintf("%s~%016x", b.String()[:maxSafeName], h.Sum64())
		}
	}
	return b.String()
}
