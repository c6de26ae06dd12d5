package cmd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serveURL runs "mqt serve" with args until the test ends and returns the URL
// of its first listener.
func serveURL(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	pr, pw := io.Pipe()
	env := testEnv(append([]string{"serve"}, args...)...)
	env.Stdout = pw
	code := make(chan int, 1)
	go func() {
		code <- Main(ctx, *env)
		pw.Close()
	}()
	t.Cleanup(func() {
		cancel(&SignalError{Number: 15})
		go io.Copy(io.Discard, pr)
		if c := <-code; c != exitDone {
			t.Errorf("serve exited with %d, want 0", c)
		}
	})
	return readURL(t, pr)
}

// readURL reads what "mqt serve" writes until it is ready, and returns the URL
// of its first listener.
func readURL(t *testing.T, output io.Reader) string {
	t.Helper()
	url := ""
	for r := bufio.NewReader(output); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("serve did not start: %v", err)
		}
		if at, ok := strings.CutPrefix(line, "listening on "); ok && url == "" {
			url = strings.TrimSpace(at)
		}
		if strings.HasPrefix(line, "publish:") {
			return url
		}
	}
}

// mqtRun runs mqt in this process and returns its exit code and output.
func mqtRun(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	env := testEnv(args...)
	var out, errs bytes.Buffer
	env.Stdout, env.Stderr = &out, &errs
	code = Main(t.Context(), *env)
	return code, out.String(), errs.String()
}

// certificate writes a self-signed certificate for 127.0.0.1 and its key.
func certificate(t *testing.T, dir string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test broker"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := certificate(t, dir)
	secure := serveURL(t, "--listen", "mqtts://127.0.0.1:0", "--cert", cert, "--key", key)
	plain := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	port := func(u string) string { return u[strings.LastIndexByte(u, ':')+1:] }
	keylog := filepath.Join(dir, "keys.log")
	tests := []struct {
		name string
		args []string
		code int
		want string // in standard error
	}{
		{name: "trusted file", args: []string{"-L", secure, "--cafile", cert}},
		{name: "trusted directory", args: []string{"-h", "127.0.0.1", "-p", port(secure), "--capath", dir}},
		{name: "not verified", args: []string{"-L", secure, "--insecure", "--tls-version", "tlsv1.3", "--tls-keylog", keylog}},
		{name: "unknown authority", args: []string{"-L", secure}, code: 1,
			want: "the broker's certificate (CN=test broker, issued by CN=test broker, valid until "},
		{name: "unknown authority, next step", args: []string{"-L", secure}, code: 1, want: "mqt: hint: trust its authority with --cafile FILE"},
		{name: "wrong name", args: []string{"-L", strings.Replace(secure, "127.0.0.1", "localhost", 1), "--cafile", cert}, code: 1,
			want: "mqt: hint: connect to a name the certificate is for"},
		{name: "no TLS there", args: []string{"-L", strings.Replace(plain, "mqtt:", "mqtts:", 1), "--cafile", cert, "--connect-timeout", "5"}, code: 1,
			want: "mqt: connect mqtts://127.0.0.1:"},
	}
	for _, tt := range tests {
		code, stdout, stderr := mqtRun(t, append([]string{"pub", "-t", "a", "-m", "x", "-q", "1"}, tt.args...)...)
		if code != tt.code || stdout != "" || !strings.Contains(stderr, tt.want) || tt.want == "" && stderr != "" {
			t.Errorf("%s: pub = %d, %q, %q, want %d and %q", tt.name, code, stdout, stderr, tt.code, tt.want)
		}
	}
	if log, err := os.ReadFile(keylog); err != nil || !bytes.Contains(log, []byte("CLIENT_TRAFFIC_SECRET_0 ")) {
		t.Errorf("--tls-keylog wrote %.40q, %v", log, err)
	}
}

func TestWebSocket(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "ws://127.0.0.1:0/here")
	if code, _, stderr := mqtRun(t, "pub", "-L", url, "-t", "a", "-m", "over WebSocket", "-r", "-q", "1"); code != 0 {
		t.Fatalf("pub = %d, %s", code, stderr)
	}
	if code, stdout, stderr := mqtRun(t, "retained", "get", "-L", url, "a"); code != 0 || stdout != "over WebSocket" {
		t.Errorf("retained get = %d, %q, %q", code, stdout, stderr)
	}
	if code, _, stderr := mqtRun(t, "pub", "-L", url, "--ws-path", "/there", "-t", "a", "-n"); code != 1 || !strings.Contains(stderr, "404") {
		t.Errorf("pub to another path = %d, %q, want 1 and 404", code, stderr)
	}
}

// lineWriter passes each write on.
type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// A signal ends sub with a DISCONNECT, so the will is not sent, and its code.
func TestSubSignal(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	for _, number := range []int{2, 15} {
		ctx, cancel := context.WithCancelCause(t.Context())
		out := make(lineWriter, 10)
		env := testEnv("sub", "-L", url, "-t", "ready", "--will-topic", "will", "--will-payload", "x", "--will-retain")
		env.Stdout = out
		code := make(chan int, 1)
		go func() { code <- Main(ctx, *env) }()
		mqtRun(t, "pub", "-L", url, "-t", "ready", "-m", "go", "-r", "-q", "1")
		<-out
		cancel(&SignalError{Number: number})
		if got := <-code; got != 128+number {
			t.Errorf("sub after signal %d exited with %d, want %d", number, got, 128+number)
		}
	}
	if _, stdout, _ := mqtRun(t, "retained", "list", "-L", url, "will"); !strings.Contains(stdout, "no retained messages") {
		t.Errorf("the will was sent: %s", stdout)
	}
}

// Reading standard input does not keep pub from ending.
func TestPubSignal(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	pr, pw := io.Pipe()
	defer pw.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	env := testEnv("pub", "-L", url, "-t", "a", "-l", "-q", "1", "-r")
	env.Stdin = pr
	code := make(chan int, 1)
	go func() { code <- Main(ctx, *env) }()
	io.WriteString(pw, "one\n")
	out := make(lineWriter, 10)
	watch := testEnv("sub", "-L", url, "-t", "a", "-C", "1")
	watch.Stdout = out
	go Main(t.Context(), *watch)
	if got := <-out; got != "one\n" { // the line was sent before the input ended
		t.Errorf("sub wrote %q, want one", got)
	}
	cancel(&SignalError{Number: 2})
	if got := <-code; got != 130 {
		t.Errorf("pub -l exited with %d, want 130", got)
	}
}

// A reader that has gone ends sub quietly.
func TestSubClosedOutput(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	mqtRun(t, "pub", "-L", url, "-t", "a", "-m", "x", "-r", "-q", "1")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	env := testEnv("sub", "-L", url, "-t", "a")
	var errs bytes.Buffer
	env.Stdout, env.Stderr = w, &errs
	if code := Main(t.Context(), *env); code != 0 || errs.Len() > 0 {
		t.Errorf("sub = %d, %q, want 0 and silence", code, &errs)
	}
}
