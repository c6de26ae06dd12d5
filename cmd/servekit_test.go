package cmd

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// tail collects what a program writes and lets tests wait for words in it.
type tail struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // closed at the next write
	done bool          // nothing more comes
}

func newTail() *tail { return &tail{more: make(chan struct{})} }

// Write adds to the text.
func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	close(l.more)
	l.more = make(chan struct{})
	return len(p), nil
}

func (l *tail) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = true
	close(l.more)
	l.more = make(chan struct{})
}

// String returns all that was written.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// until waits for a line that has all words, and returns it.
func (l *tail) until(t *testing.T, words ...string) string {
	t.Helper()
	return l.untilAfter(t, 0, words...)
}

// untilAfter is until for what comes after the first n bytes.
func (l *tail) untilAfter(t *testing.T, n int, words ...string) string {
	t.Helper()
	for {
		l.mu.Lock()
		text, more, done := l.text.String(), l.more, l.done
		l.mu.Unlock()
		for line := range strings.Lines(text[n:]) {
			if strings.HasSuffix(line, "\n") && containsAll(line, words) {
				return line
			}
		}
		if done {
			t.Fatalf("no line with %q in\n%s", words, text)
		}
		<-more
	}
}

func containsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// served is a running mqt serve.
type served struct {
	urls []string // of its listeners
	out  *tail    // standard output
	log  *tail    // standard error

	cancel context.CancelCauseFunc
	code   chan int
}

// startServe runs "mqt serve" with args in this process until the test ends,
// which it must with status 0.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	return startServeEnv(t, testEnv(), args...)
}

// startServeHangup is startServe with something to send instead of SIGHUP.
func startServeHangup(t *testing.T, hup chan os.Signal, args ...string) *served {
	t.Helper()
	env := testEnv()
	env.Hangup = hup
	return startServeEnv(t, env, args...)
}

// startServeEnv is startServe in an environment.
func startServeEnv(t *testing.T, env *Env, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	code := make(chan int, 1)
	s := &served{out: newTail(), log: newTail(), cancel: cancel, code: code}
	env.Args = append([]string{"serve"}, args...)
	env.Stdout, env.Stderr = s.out, s.log
	go func() {
		code <- Main(ctx, *env)
		close(code) // reads as 0 when it was stopped before
		s.out.end()
		s.log.end()
	}()
	t.Cleanup(func() { s.stop(t) })
	s.ready(t)
	return s
}

// stop ends the broker as SIGTERM does and waits for it.
func (s *served) stop(t *testing.T) {
	t.Helper()
	s.cancel(&SignalError{Number: 15})
	if code := <-s.code; code != exitDone {
		t.Errorf("serve ended with %d, want 0:\n%s", code, s.log)
	}
}

// startSub runs "mqt sub" until the test ends and returns what it writes.
func startSub(t *testing.T, args ...string) *tail {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	out, ended := newTail(), make(chan struct{})
	env := testEnv(append([]string{"sub"}, args...)...)
	env.Stdout, env.Stderr = out, out
	go func() {
		defer close(ended)
		Main(ctx, *env)
		out.end()
	}()
	t.Cleanup(func() {
		cancel(&SignalError{Number: 15})
		<-ended
	})
	return out
}

// ready waits until the broker has said where it listens, which it does at once.
func (s *served) ready(t *testing.T) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("standard error:\n%s", s.log)
		}
	}()
	s.out.until(t, "listening on ")
	for line := range strings.Lines(s.out.String()) {
		if at, ok := strings.CutPrefix(line, "listening on "); ok {
			s.urls = append(s.urls, strings.TrimSpace(at))
		}
	}
}

// port returns the port of listener i.
func (s *served) port(i int) string {
	port, _, _ := strings.Cut(s.urls[i][strings.LastIndexByte(s.urls[i], ':')+1:], "/")
	return port
}

// write makes a file with this text in dir and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// users writes a password file; each user's password is the name and "-pw".
func users(t *testing.T, names ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users")
	for i, name := range names {
		args := []string{"passwd", "-b", "--scheme", "sha512-pbkdf2", path, name, name + "-pw"}
		if i == 0 {
			args = append([]string{"passwd", "-c"}, args[1:]...)
		}
		if code, _, stderr := mqtRun(t, args...); code != exitDone {
			t.Fatalf("passwd = %d, %s", code, stderr)
		}
	}
	return path
}

// login returns the flags of a user whose password is the name and "-pw".
func login(name string) []string { return []string{"-u", name, "-P", name + "-pw"} }

// expect runs mqt and fails unless it exits with code and standard error, or
// with code 0 standard output, has want in it.
func expect(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	got, stdout, stderr := mqtRun(t, args...)
	text := stderr
	if code == exitDone {
		text = stdout
	}
	if got != code || !strings.Contains(text, want) {
		t.Errorf("mqt %q = %d, %q, %q, want %d and %q", args, got, stdout, stderr, code, want)
	}
}

// roundTrip publishes a retained message over one way and gets it over another.
func roundTrip(t *testing.T, pub, get []string) {
	t.Helper()
	topic := "round/trip"
	expect(t, exitDone, "", append([]string{"pub", "-t", topic, "-m", t.Name(), "-q", "1", "-r"}, pub...)...)
	expect(t, exitDone, t.Name(), append([]string{"retained", "get", topic}, get...)...)
}

// request is an HTTP request of a test.
type request struct {
	method, url, body string
	user              string // with the password of login; empty is none
	host              string // empty is the URL's
	header            map[string]string
	client            *http.Client // nil is the default
}

// do sends the request and returns the status and the body.
func (r request) do(t *testing.T) (int, string) {
	t.Helper()
	method := r.method
	if method == "" {
		method = http.MethodGet
	}
	q, err := http.NewRequestWithContext(t.Context(), method, r.url, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if r.user != "" {
		q.SetBasicAuth(r.user, r.user+"-pw")
	}
	if r.host != "" {
		q.Host = r.host
	}
	for k, v := range r.header {
		q.Header.Set(k, v)
	}
	c := r.client
	if c == nil {
		c = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}
	resp, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// web returns the address of listener i for HTTP requests.
func (s *served) web(i int) string { return "http://127.0.0.1:" + s.port(i) }
