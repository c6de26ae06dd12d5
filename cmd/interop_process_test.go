package cmd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mqt/internal/peertest"
)

// peer is one side of an exchange: a client program of this project or of
// mosquitto, and the protocol version it is told to speak.
type peer struct{ program, version string }

func (p peer) String() string { return p.program + " " + p.version }

// args returns the command line of the program for the verb, pub or sub.
func (p peer) args(t *testing.T, verb, port string, flags ...string) []string {
	t.Helper()
	args := []string{"mqt", verb, "-h", "127.0.0.1", "-p", port, "-V", p.version, "--nodelay"}
	if p.program == "mosquitto" {
		args = append([]string{peertest.Program(t, "mosquitto_"+verb)}, args[2:]...)
	}
	return append(args, flags...)
}

// process is a running client program.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// start runs a program. The end of the test kills it, and so does a minute, or
// more for a large volume: a message that never comes must not stop all tests.
func start(t *testing.T, args []string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(volume(t))*5*time.Millisecond)
	p := &process{t: t, cmd: exec.CommandContext(ctx, args[0], args[1:]...)}
	p.cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir()) // none of the user's settings
	p.cmd.Stderr = &p.stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin, p.stdout = stdin, bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Wait()
		}
	})
	return p
}

// write writes to the program's standard input.
func (p *process) write(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, text); err != nil {
		p.t.Fatalf("%q: %v\n%s", p.cmd.Args, err, p.kill())
	}
}

// line returns the next line of the program's output without its end.
func (p *process) line() string {
	p.t.Helper()
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		p.t.Fatalf("%q ended after %q: %v\n%s", p.cmd.Args, line, err, p.kill())
	}
	return strings.TrimSuffix(line, "\n")
}

// rest returns the remaining output of a program that ends by itself.
func (p *process) rest() string {
	p.t.Helper()
	out, err := io.ReadAll(p.stdout)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil || p.stderr.Len() > 0 {
		p.t.Errorf("%q: %v, standard error %q, output %.2000q", p.cmd.Args, err, &p.stderr, out)
	}
	return string(out)
}

// end closes the standard input and waits until the program is done.
func (p *process) end() {
	p.t.Helper()
	p.stdin.Close()
	if out := p.rest(); out != "" {
		p.t.Errorf("%q wrote %q", p.cmd.Args, out)
	}
}

// kill ends the program as a crash does and returns what it had to say.
func (p *process) kill() (stderr string) {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	return p.stderr.String()
}

// brokers are one of ours and one of mosquitto's, by the name of the program.
// Both have the retained message "ready": a subscriber that gets it has its
// subscriptions, and cannot miss what is published from then on.
type brokers map[string]string // the name of the program → the port

func startBrokers(t *testing.T) brokers {
	t.Helper()
	peertest.Program(t, "mosquitto_pub")
	peertest.Program(t, "mosquitto_sub")
	b := make(brokers)
	for name, addr := range map[string]string{
		"mosquitto": peertest.Mosquitto(t),
		"mqt":       strings.TrimPrefix(serveURL(t, "--listen", "mqtt://127.0.0.1:0"), "mqtt://"),
	} {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		b[name] = port
		if code, _, stderr := mqtRun(t, "pub", "-p", port, "-h", "127.0.0.1", "-t", "ready", "-m", "ready", "-r", "-q", "2"); code != 0 {
			t.Fatalf("pub = %d, %s", code, stderr)
		}
	}
	return b
}
