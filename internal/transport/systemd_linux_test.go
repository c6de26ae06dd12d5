package transport

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The variables belong to the process, so these tests do not run in parallel.

// TestActivatedChild is the process that TestActivated starts.
func TestActivatedChild(t *testing.T) {
	if os.Getenv("TRANSPORT_TEST_CHILD") == "" {
		t.Skip("only as a child of TestActivated")
	}
	pid := os.Getpid()
	if os.Getenv("TRANSPORT_TEST_CHILD") == "stranger" {
		pid++
	}
	t.Setenv("LISTEN_PID", strconv.Itoa(pid))
	all, err := Activated()
	var names []string
	for _, s := range all {
		names = append(names, fmt.Sprintf("%s=%T %s", s.Name, s.Listener, s.Listener.Addr()))
		_ = s.Listener.Close()
	}
	again, _ := Activated()
	fmt.Printf("got %s|%v|%d|%q\n", strings.Join(names, ","), err, len(again), os.Getenv("LISTEN_FDS")+os.Getenv("LISTEN_FDNAMES"))
}

func TestActivated(t *testing.T) {
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tcp.Close() }()
	path := filepath.Join(t.TempDir(), "s")
	local, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = local.Close() }()
	datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = datagrams.Close() }()
	file := func(f *os.File, err error) *os.File {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	a, b, c := file(tcp.File()), file(local.File()), file(datagrams.(*net.UDPConn).File())
	tests := []struct {
		name, mode, fds, names string
		files                  []*os.File
		want                   string
	}{
		{"two", "us", "2", "mqtt:ws", []*os.File{a, b}, "got mqtt=*net.TCPListener " + tcp.Addr().String() + ",ws=*net.UnixListener " + path + `|<nil>|0|""`},
		{"no names", "us", "1", "", []*os.File{a}, "got =*net.TCPListener " + tcp.Addr().String() + `|<nil>|0|""`},
		{"somebody else's", "stranger", "1", "", []*os.File{a}, `got |<nil>|0|""`},
		{"none", "us", "0", "", nil, `got |<nil>|0|""`},
		{"no number", "us", "x", "", nil, `got |socket activation: LISTEN_FDS is "x"|0|""`},
		{"datagrams", "us", "2", "mqtt:udp", []*os.File{a, c}, "got |socket activation: file descriptor 4 udp: is not a listening stream socket (Accept=no, ListenStream=)|0|\"\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestActivatedChild$", "-test.v")
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "TRANSPORT_TEST_CHILD="+tt.mode, "LISTEN_FDS="+tt.fds, "LISTEN_FDNAMES="+tt.names)
			cmd.ExtraFiles = tt.files
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), tt.want+"\n") {
				t.Errorf("the child said %s, %v, want %s", out, err, tt.want)
			}
		})
	}
}

func TestNotify(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "notify"), fmt.Sprintf("@mqt-test-%d", os.Getpid())} {
		ln, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("NOTIFY_SOCKET", name)
		if err := Notify("READY=1"); err != nil {
			t.Errorf("Notify to %s = %v", name, err)
		}
		b := make([]byte, 64)
		n, err := ln.Read(b)
		if string(b[:n]) != "READY=1" || err != nil {
			t.Errorf("%s received %q, %v, want %q", name, b[:n], err, "READY=1")
		}
		_ = ln.Close()
		if err := Notify("STOPPING=1"); err == nil {
			t.Errorf("Notify to %s, which is gone, = nil", name)
		}
	}
	t.Setenv("NOTIFY_SOCKET", "relative")
	if err := Notify("READY=1"); err == nil {
		t.Error("Notify to a relative name = nil")
	}
	t.Setenv("NOTIFY_SOCKET", "")
	if err := Notify("READY=1"); err != nil {
		t.Errorf("Notify to nobody = %v", err)
	}
}

// FuzzActivatedNames: whatever the variables hold, sockets are only believed
// in when they are for this process, and not very many.
func FuzzActivatedNames(f *testing.F) {
	us := strconv.Itoa(os.Getpid())
	f.Add(true, "2", "mqtt:ws")
	f.Add(true, "3", "a::b:c")
	f.Add(false, "1", "")
	f.Add(true, "-1", ":")
	f.Add(true, "1025", "")
	f.Add(true, "99999999999999999999", "")
	f.Fuzz(func(t *testing.T, ours bool, fds, names string) {
		pid := us
		if !ours {
			pid += fds
		}
		got, err := activatedNames(pid, fds, names)
		n, nerr := strconv.Atoi(fds)
		switch {
		case fds == "" || !ours:
			n = 0
		case nerr != nil || n < 0 || n > 1024:
			if err == nil {
				t.Errorf("activatedNames(%q, %q) = %q, want an error", fds, names, got)
			}
			return
		}
		if err != nil || len(got) != n {
			t.Fatalf("activatedNames(%q, %q) = %q, %v, want %d", fds, names, got, err, n)
		}
		if all := strings.Join(got, ":"); !strings.HasPrefix(all, names) && !strings.HasPrefix(names, all) {
			t.Errorf("activatedNames(%q, %q) = %q", fds, names, got)
		}
	})
}
