// Package peertest runs the programs of the mosquitto project for tests.
// Only tests import it.
package peertest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Program returns the path of a program: mosquitto, mosquitto_pub or
// mosquitto_sub. Where it is not installed the test is skipped, or failed when
// the environment has MQT_REQUIRE_PEERS=1.
func Program(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	// Users of Debian do not have /usr/sbin, where the broker is, in PATH.
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if path := filepath.Join(filepath.Dir(dir), "sbin", name); filepath.Base(dir) == "bin" {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	if os.Getenv("MQT_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is not installed and MQT_REQUIRE_PEERS is 1", name)
	}
	// One message for all programs: they come together.
	t.Skip("mosquitto is not installed")
	return ""
}

// Mosquitto starts a broker on a free port of 127.0.0.1 and returns its
// address once it accepts. It takes anonymous clients, queues without limit
// and answers at once; config are more lines of its configuration file. The
// end of the test ends it.
func Mosquitto(t testing.TB, config ...string) (addr string) {
	t.Helper()
	for range 5 { // the port may be taken before mosquitto gets it
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr = ln.Addr().String()
		_ = ln.Close()
		if _, err = start(t, addr, config); err == nil {
			return addr
		}
		t.Log(err)
	}
	t.Fatal("mosquitto does not start")
	return ""
}

// Start is Mosquitto at the address addr, and returns what ends the broker
// before the test's end, as SIGTERM does, and waits for that.
func Start(t testing.TB, addr string, config ...string) (stop func()) {
	t.Helper()
	stop, err := start(t, addr, config)
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

func start(t testing.TB, addr string, config []string) (stop func(), err error) {
	t.Helper()
	path := Program(t, "mosquitto")
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	lines := append([]string{
		"listener " + port + " 127.0.0.1", "allow_anonymous true", "max_queued_messages 0", "set_tcp_nodelay true",
		"log_dest stderr", "log_type error", "log_type warning", "log_type information",
		"user root", // counts only for root: without it the data could not be written
	}, config...)
	if err := os.WriteFile(conf, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "-c", conf)
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	said, accepts := awaitRunning(log)
	if !accepts {
		return nil, fmt.Errorf("mosquitto at %s: %w\n%s", addr, cmd.Wait(), said)
	}
	drained := make(chan struct{})
	go func() { defer close(drained); _, _ = io.Copy(io.Discard, log) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		if cmd.Process.Signal(os.Interrupt) != nil { // Windows has no signals
			_ = cmd.Process.Kill()
		}
		<-drained
		_ = cmd.Wait()
	}
	t.Cleanup(stop)
	return stop, nil
}

// awaitRunning reads the broker's log until it says that it listens, or ends.
func awaitRunning(log io.Reader) (said string, accepts bool) {
	var all strings.Builder
	for lines := bufio.NewReader(log); ; {
		line, err := lines.ReadString('\n')
		all.WriteString(line)
		if err != nil {
			return all.String(), false
		}
		if strings.HasSuffix(line, " running\n") {
			return all.String(), true
		}
	}
}
