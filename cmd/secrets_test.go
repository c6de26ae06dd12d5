package cmd

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mqt/broker/auth"
)

// secret is what no output may hold. Its parts are as long as what an escape
// or the end of a word would leave of it.
const secret = "hushloudquiet"

func noSecret(t *testing.T, where, output string) {
	t.Helper()
	for _, part := range []string{"hush", "loud", "quiet"} {
		if strings.Contains(output, part) {
			t.Errorf("%s shows %q of the secret:\n%s", where, part, output)
			return
		}
	}
}

// A command line that is wrong is not repeated with the secrets in it.
func TestErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-L", "mqtt://ann:hush/loudquiet@h"},
		{"-L", "mqtt://ann:hush#loudquiet@h"},
		{"-L", "mqtt://ann:hush?loudquiet@h"},
		{"-L", "mqtt://ann:hush%zzloudquiet@h"},
		{"-L", "mqtt://ann:hush loudquiet@h"},
		{"-L", "mqtt://ann:hush@loudquiet@h:x"},
		{"-L", "mqtt://ann:" + secret + "@h:99999"},
		{"-L", "mqtt://ann:" + secret + "@"},
		{"-L", "mqtt:ann:" + secret + "@h"},
		{"-L", "ann:" + secret + "@h"},
		{"-L", "http://ann:" + secret + "@h"},
		{"-L", "unix://ann:" + secret + "@h"},
		{"-L", "mqtt://ann:" + secret + "@127.0.0.1:1"},
		{"-L", "wss://ann:" + secret + "@127.0.0.1:1/path"},
		{"-L", "mqtt://ann:" + secret + "@127.0.0.1:1", "--cafile", "x"},
		{"-L", "mqtt://ann:" + secret + "@h/%zz"},
		{"-L", "mqtt://ann:" + secret + "@h:1", "-S"},
		{"-L", "mqtt://ann:" + secret + "@127.0.0.1", "-S"},
		{"-L", "mqtt://127.0.0.1:1", "-u", "ann", "-P", secret},
		{"-L", "mqtt://127.0.0.1:1", "-u", "ann", "-P", secret, "--auth-method", "scram-sha-256"},
		{"-u", "ann", "-P", secret, "--password-file", "x"},
		{"-u", "ann", "-P", secret, "-V", "31", "-D", "connect", "user-property", "a", "b"},
		{"-L", "mqtt://127.0.0.1:1", "--proxy", "socks5h://ann:" + secret + "@127.0.0.1:1"},
		{"--proxy", "http://ann:" + secret + "@h"},
		{"--proxy", "socks5h://ann:hush/loudquiet@h"},
		{"--ws", "--ws-header", "Authorization Bearer " + secret},
		{"--ws", "--ws-header", ": " + secret},
		{"-L", "ws://127.0.0.1:1/", "--ws-header", "Authorization: Bearer " + secret},
		{"-L", "ws://127.0.0.1:1/", "--ws-header", "Authorization: Bearer " + secret + "\nx"},
	} {
		_, out, errs := mqtRun(t, append(append([]string{"pub"}, args...), "-d", "-t", "a", "-m", "x")...)
		noSecret(t, strings.Join(args, " "), out+errs)
		if errs == "" {
			t.Errorf("pub %q tells no error", args)
		}
	}
	for _, args := range [][]string{
		{"-P" + secret, "-t"}, {"-P", "-" + secret, "-t"}, {"-P", "-" + secret + "t", "-t"}, {"-u", "ann", "-dP" + secret + "t", "-t"},
		{"-tP" + secret}, {"--pw", "-" + secret + "t", "-t"}, {"-D", "connect", "user-property", "k", "-" + secret + "t", "-t"},
	} {
		_, out, errs := mqtRun(t, append([]string{"retained", "list"}, args...)...)
		noSecret(t, strings.Join(args, " "), out+errs)
		if !strings.Contains(errs, "unknown flag -t\n") {
			t.Errorf("retained list %q = %q, want unknown flag -t", args, errs)
		}
	}
	for _, args := range [][]string{
		{"--auth-url", "ftp://ann:" + secret + "@h"},
		{"--auth-url", "http://ann:hush/loudquiet@h"},
		{"--auth-url", "http://ann:hush%zzloudquiet@h"},
		{"--listen", "mqtt://ann:" + secret + "@0.0.0.0:1883"},
		{"--listen", "mqtt://ann:" + secret + "@127.0.0.1:99999"},
	} {
		_, out, errs := mqtRun(t, append([]string{"serve"}, args...)...)
		noSecret(t, strings.Join(args, " "), out+errs)
		if errs == "" {
			t.Errorf("serve %q tells no error", args)
		}
	}
}

// lockedBuffer is a buffer that several goroutines may write to.
type lockedBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

// Write appends p.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns what was written.
func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// logged runs "mqt serve -v -v" with args while use runs, and returns all it
// has written.
func logged(t *testing.T, use func(url string), args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	all := &lockedBuffer{}
	pr, pw := io.Pipe()
	env := testEnv(append([]string{"serve", "-v", "-v", "--listen", "mqtt://127.0.0.1:0"}, args...)...)
	env.Stdout, env.Stderr = pw, all
	code := make(chan int, 1)
	go func() {
		code <- Main(ctx, *env)
		pw.Close()
	}()
	url := readURL(t, io.TeeReader(pr, all))
	go io.Copy(io.Discard, pr)
	use(url)
	cancel(&SignalError{Number: 15})
	if c := <-code; c != exitDone {
		t.Errorf("serve = %d: %s", c, all)
	}
	return all.String()
}

// TestLogsHoldNoSecrets has clients log in rightly and wrongly in every way,
// at the highest verbosity of both sides.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	hash, err := auth.Hash([]byte(secret), auth.HashOptions{Scheme: auth.ScramSHA256, Iterations: 4096})
	if err != nil {
		t.Fatal(err)
	}
	users, right, wrong := file("users", "ann:"+hash+"\n"), file("right", secret+"\n"), file("wrong", secret+"!\n")
	key := file("key", "a secret key, which is long enough for HS256: "+secret)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer hook.Close()
	token := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ." + secret
	var fromClients strings.Builder
	clients := func(url string) {
		for _, login := range [][]string{
			{"-u", "ann", "--password-file", right},
			{"-u", "ann", "--password-file", wrong},
			{"-u", "ann", "-P", secret, "--auth-method", "scram-sha-256"},
			{"-u", "ann", "-P", secret + "!", "--auth-method", "scram-sha-256"},
			{"-u", "nobody", "-P", secret},
			{"-P", secret},
			{"-u", "ann", "-P", token},
		} {
			for _, command := range [][]string{{"pub", "-t", "a", "-m", "x", "-q", "1", "-d"}, {"sub", "-t", "a", "-W", "0.01", "-d", "-v"}, {"retained", "list", "-d"}} {
				_, out, errs := mqtRun(t, append(append(command, "-L", url), login...)...)
				fromClients.WriteString(out + errs)
			}
		}
		rest := strings.TrimPrefix(url, "mqtt://")
		_, out, errs := mqtRun(t, "pub", "-L", "mqtt://ann:"+secret+"@"+rest, "-t", "a", "-m", "x", "-d")
		fromClients.WriteString(out + errs)
	}
	for name, args := range map[string][]string{
		"passwords": {"--password-file", users},
		"tokens":    {"--jwt-key", key},
		"hook":      {"--auth-url", strings.Replace(hook.URL, "http://", "http://ann:"+secret+"@", 1)},
		"no hook":   {"--auth-url", "http://ann:" + secret + "@127.0.0.1:1/"},
	} {
		log := logged(t, clients, args...)
		if !strings.Contains(log, "denied") {
			t.Errorf("%s: the log tells of no refusal:\n%s", name, log)
		}
		noSecret(t, "the log with "+name, log)
		noSecret(t, "the clients with "+name, fromClients.String())
	}
	if !strings.Contains(fromClients.String(), "connected to mqtt://127.0.0.1") || !strings.Contains(fromClients.String(), "bad user name or password") {
		t.Errorf("the clients do not tell what happens:\n%s", &fromClients)
	}
}
