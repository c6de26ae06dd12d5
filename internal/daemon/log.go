package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"mqt/internal/compat/conf"
)

var levels = map[string]slog.Level{
	"none": slog.LevelError + 100, "error": slog.LevelError, "": slog.LevelWarn, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug,
}

// openLog opens what the log is written to. The destination topic is not
// written to.
func openLog(c conf.Log, stdout, stderr io.Writer) (*logger, error) {
	l := &logger{}
	var to []io.Writer
	for _, dest := range c.Destinations {
		switch dest {
		case "stdout":
			to = append(to, stdout)
		case "stderr":
			to = append(to, stderr)
		case "file":
			l.file = &logFile{name: c.File}
			if err := l.file.open(); err != nil {
				return nil, fmt.Errorf("open the log: %w", err)
			}
			to = append(to, l.file)
		}
	}
	if len(c.Destinations) == 0 {
		to = append(to, stderr)
	}
	l.Logger = slog.New(newHandler(c, io.MultiWriter(to...)))
	if len(to) == 0 {
		l.Logger = slog.New(slog.DiscardHandler)
	}
	return l, nil
}

func newHandler(c conf.Log, w io.Writer) slog.Handler {
	o := &slog.HandlerOptions{Level: levels[c.Level]}
	var h slog.Handler = slog.NewTextHandler(w, o)
	if c.Format == "json" {
		h = slog.NewJSONHandler(w, o)
	}
	if c.Connections != nil && !*c.Connections {
		h = quiet{h}
	}
	return h
}

// Reopen opens the log file anew, after it was moved away.
func (l *logger) Reopen() error {
	if l.file == nil {
		return nil
	}
	return l.file.open()
}

// Close closes the log file.
func (l *logger) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.close()
}

// quiet is a handler that leaves out clients that come and go in good order.
type quiet struct{ slog.Handler }

// comings are the messages that it leaves out, at level Info.
var comings = []string{"client connected", "client disconnected", "connection accepted", "connection closed"}

// Handle passes a record on, or not.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == slog.LevelInfo && slices.ContainsFunc(comings, func(s string) bool { return strings.HasPrefix(r.Message, s) }) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs keeps being quiet.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup keeps being quiet.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }

// logFile is a file that is appended to and can be opened anew.
type logFile struct {
	name string

	mu sync.Mutex // guards the field below
	f  *os.File
}

func (l *logFile) open() error {
	f, err := os.OpenFile(l.name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	l.mu.Lock()
	old := l.f
	l.f = f
	l.mu.Unlock()
	if old != nil {
		return old.Close()
	}
	return nil
}

// Write appends to the file.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return 0, os.ErrClosed
	}
	return l.f.Write(p)
}

func (l *logFile) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.f
	l.f = nil
	if f == nil {
		return errors.New("the log is closed already")
	}
	return f.Close()
}
