package cmd

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// servedProcess is mqt serve in a process of its own.
type servedProcess struct {
	*served
	cmd *exec.Cmd
}

// startProcess runs mqt serve until it is asked to end with SIGTERM, which must
// give status 0. Before is a program, if any, that becomes mqt.
func startProcess(t *testing.T, mqt string, before, env []string, files []*os.File, args ...string) *servedProcess {
	t.Helper()
	words := slices.Concat(before, []string{mqt, "serve"}, args)
	p := &servedProcess{&served{out: newTail(), log: newTail()}, exec.Command(words[0], words[1:]...)}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.ExtraFiles, p.cmd.Env = p.out, p.log, files, append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- p.cmd.Wait()
		p.out.end()
		p.log.end()
	}()
	t.Cleanup(func() {
		p.signal(t, syscall.SIGTERM)
		if err := <-ended; err != nil {
			t.Errorf("serve %q: %v after SIGTERM, want status 0:\n%s", args, err, p.log)
		}
	})
	p.ready(t)
	return p
}

func (p *servedProcess) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Error(err)
	}
}

// TestServeProcess starts the real program, as a release begins.
func TestServeProcess(t *testing.T) {
	t.Parallel()
	mqt := filepath.Join(t.TempDir(), "mqt")
	begin := ""
	if runtime.GOARCH == "amd64" {
		begin = "-E main.entry"
	}
	build := exec.Command("go", "build", "-ldflags", begin, "-o", mqt, "mqt/cmd/mqt")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("go build: %v, %s", err, out)
	}
	t.Run("timer slack", func(t *testing.T) { t.Parallel(); testTimerSlack(t, mqt) })
	t.Run("log rotation", func(t *testing.T) { t.Parallel(); testLogRotation(t, mqt) })
	t.Run("closed output", func(t *testing.T) { t.Parallel(); testClosedOutput(t, mqt) })
	t.Run("systemd", func(t *testing.T) { t.Parallel(); testSystemd(t, mqt) })
	t.Run("systemd and a file", func(t *testing.T) { t.Parallel(); testSystemdConfigured(t, mqt) })
}

// Nobody reads what mosquitto_pub writes: it publishes, and exits as it would.
func testClosedOutput(t *testing.T, mqt string) {
	program := filepath.Join(t.TempDir(), "mosquitto_pub")
	if err := os.Symlink(mqt, program); err != nil {
		t.Fatal(err)
	}
	closed := func() *os.File {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		t.Cleanup(func() { _ = w.Close() })
		return w
	}
	broker := newWireRecorder(t, "\x20\x02\x00\x00", 0, "")
	talk := exec.Command(program, "-h", "127.0.0.1", "-p", broker.port, "-t", "a", "-m", "b", "-d")
	talk.Stdout = closed()
	if err := talk.Run(); err != nil || !strings.Contains(strings.Join(broker.lines(), ""), "30:") {
		t.Errorf("with -d: %v, sent %q, want a PUBLISH", err, broker.lines())
	}
	fail := exec.Command(program, "-h", "127.0.0.1", "-p", "1", "-t", "a", "-m", "b")
	fail.Stderr = closed()
	if err := fail.Run(); fail.ProcessState.ExitCode() != 1 {
		t.Errorf("without a broker: %v, want exit code 1", err)
	}
}

// SIGHUP opens the log anew, and SIGTERM ends with status 0.
func testLogRotation(t *testing.T, mqt string) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	p := startProcess(t, mqt, nil, nil, nil, "--listen", "mqtt://127.0.0.1:0", "--log-file", log, "--log-level", "info", "--log-format", "json")
	expect(t, exitDone, "", "pub", "-L", p.urls[0], "-i", "first", "-t", "a", "-n")
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGHUP)
	for range 1000 { // each takes a connection: the signal is taken long before the last
		expect(t, exitDone, "", "pub", "-L", p.urls[0], "-i", "second", "-t", "a", "-n")
		if text, err := os.ReadFile(log); err == nil && strings.Contains(string(text), `"client":"second"`) {
			old, err := os.ReadFile(log + ".1")
			if err != nil || !strings.Contains(string(old), `"client":"first"`) || strings.Contains(string(text), "listening") {
				t.Errorf("the old log has %q, %v; the new one %q", old, err, text)
			}
			if p.log.String() != "" {
				t.Errorf("standard error has %q, want nothing", p.log)
			}
			return
		}
	}
	t.Error("the log was not opened anew")
}

// systemd's sockets are served as their names say, with the flags about
// listeners, and it is told when clients may connect and when the broker ends.
func testSystemd(t *testing.T, mqt string) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	a := newAuthority(t, "authority")
	cert, key, _ := a.issue("server", "server")
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(a.dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	said := make(chan string, 16)
	go func() {
		defer close(said)
		for b := make([]byte, 1024); ; {
			n, err := notify.Read(b)
			if err != nil {
				return
			}
			said <- string(b[:n])
		}
	}()
	var files []*os.File
	for range 4 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f, err := ln.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		defer ln.Close()
		files = append(files, f)
	}
	t.Run("run", func(t *testing.T) {
		p := startProcess(t, mqt, passPID(), []string{"LISTEN_FDS=4", "LISTEN_FDNAMES=mqtt:http:mqtts:broker.socket", "NOTIFY_SOCKET=" + filepath.Join(a.dir, "notify")}, files,
			"--cert", cert, "--key", key)
		if got := <-said; got != "READY=1" {
			t.Errorf("said %q to the service manager, want READY=1", got)
		}
		if len(p.urls) != 4 {
			t.Fatalf("urls = %q, want 4", p.urls)
		}
		roundTrip(t, []string{"-L", p.urls[0]}, []string{"-L", "mqtts://127.0.0.1:" + p.port(2), "--cafile", a.file})
		roundTrip(t, []string{"-L", "mqtts://127.0.0.1:" + p.port(3), "--cafile", a.file}, []string{"-L", "ws://127.0.0.1:" + p.port(3)})
		if code, _ := (request{url: p.web(1) + "/readyz"}).do(t); code != 200 {
			t.Errorf("GET /readyz = %d, want 200", code)
		}
	})
	if got := <-said; got != "STOPPING=1" {
		t.Errorf("said %q at the end, want STOPPING=1", got)
	}
}

// A socket serves the listener of the configuration that has its address.
func testSystemdConfigured(t *testing.T, mqt string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file := write(t, t.TempDir(), "c.toml", "[auth]\nallow_anonymous = true\n[[listeners]]\nurl = 'ws://"+ln.Addr().String()+"/own'\n[[listeners]]\nurl = 'mqtt://127.0.0.1:0'\n")
	p := startProcess(t, mqt, passPID(), []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=mqt.socket"}, []*os.File{f}, "-c", file)
	if len(p.urls) != 2 {
		t.Fatalf("urls = %q, want those of the file", p.urls)
	}
	roundTrip(t, []string{"-L", "ws://" + ln.Addr().String() + "/own"}, []string{"-L", p.urls[0]})
}

// passPID returns a program that says whom the sockets are for, as systemd does.
func passPID() []string {
	return []string{"sh", "-c", `LISTEN_PID=$$; export LISTEN_PID; exec "$0" "$@"`}
}
