package cmd

import (
	"regexp"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptLog is the standard error of a script's broker. Writers wake those who
// wait for a line.
type scriptLog struct {
	mu   sync.Mutex
	text []byte
	more chan struct{} // closed, and replaced, when text grows
}

type scriptLogKey struct{}

func setupLog(e *testscript.Env) error {
	e.Values[scriptLogKey{}] = &scriptLog{more: make(chan struct{})}
	return nil
}

func logOf(ts *testscript.TestScript) *scriptLog { return ts.Value(scriptLogKey{}).(*scriptLog) }

// Write appends to the log. It is part of io.Writer.
func (l *scriptLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	close(l.more)
	l.more = make(chan struct{})
	return len(p), nil
}

// String returns what was written so far.
func (l *scriptLog) String() string {
	text, _ := l.state()
	return text
}

func (l *scriptLog) state() (string, chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text), l.more
}

// checkLog is the script command that waits for a line of the broker's.
func checkLog(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] logs REGEXP")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	log := logOf(ts)
	text, more := log.state()
	if neg {
		if m := re.FindString(text); m != "" {
			ts.Fatalf("the broker wrote %q:\n%s", m, text)
		}
		return
	}
	giveUp := time.After(time.Minute) // nothing is expected to take this long
	for !re.MatchString(text) {
		select {
		case <-more:
		case <-giveUp:
			ts.Fatalf("no line of the broker's matches %q:\n%s", args[0], text)
		}
		text, more = log.state()
	}
}
