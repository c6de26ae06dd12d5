package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// broker is a running broker process.
type broker struct {
	addr   string // host:port
	pid    int
	cmd    *exec.Cmd
	dir    string
	stderr bytes.Buffer
	exited chan struct{} // closed when the process is gone
}

// starters start a broker by name. dir is an empty folder of its own.
var starters = map[string]func(dir string, o options) (cmd *exec.Cmd, address func() (string, error), err error){
	"mqt":       prepareMQT,
	"mosquitto": prepareMosquitto,
}

// prepareMQT gives the command that serves on a port of its choice; address
// is known once the ready file is written.
func prepareMQT(dir string, o options) (*exec.Cmd, func() (string, error), error) {
	ready := filepath.Join(dir, "ready")
	inflight := o.inflight
	if inflight == 0 {
		inflight = 65535
	}
	cmd := exec.Command(o.binary, "serve", "--listen", "mqtt://127.0.0.1:0", "--ready-file", ready,
		"--max-queued-messages", "-1", "--max-inflight", strconv.Itoa(inflight))
	return cmd, func() (string, error) {
		text, err := os.ReadFile(ready)
		if err != nil {
			return "", err
		}
		line, _, whole := strings.Cut(string(text), "\n")
		if !whole {
			return "", errors.New("the ready file is not complete")
		}
		if u, err := url.Parse(line); err == nil && u.Host != "" {
			line = u.Host
		}
		return line, nil
	}, nil
}

// prepareMosquitto writes a configuration with mosquitto's defaults, but for
// what would make it drop messages or write a log.
func prepareMosquitto(dir string, o options) (*exec.Cmd, func() (string, error), error) {
	name := "mosquitto"
	if _, err := exec.LookPath(name); err != nil {
		name = "/usr/sbin/mosquitto" // where Debian puts it, outside most users' path
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	addr := ln.Addr().(*net.TCPAddr)
	ln.Close()
	config := filepath.Join(dir, "mosquitto.conf")
	text := fmt.Sprintf(`listener %d 127.0.0.1
allow_anonymous true
persistence false
log_dest none
max_queued_messages 0
max_inflight_messages %d
`, addr.Port, o.inflight)
	if os.Geteuid() == 0 {
		text += "user root\n" // or it cannot read its own configuration's folder
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, nil, err
	}
	return exec.Command(name, "-c", config), func() (string, error) { return addr.String(), nil }, nil
}

// start starts the named broker and returns when it accepts connections.
func start(ctx context.Context, name string, o options) (*broker, error) {
	dir, err := os.MkdirTemp("", "mqt-peers-")
	if err != nil {
		return nil, err
	}
	b := &broker{dir: dir, exited: make(chan struct{})}
	cmd, address, err := starters[name](dir, o)
	if err == nil {
		b.cmd = cmd
		cmd.Stderr = &b.stderr
		err = cmd.Start()
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	b.pid = cmd.Process.Pid
	go func() {
		_ = cmd.Wait() // however it ended, it is gone
		close(b.exited)
	}()
	if b.addr, err = b.await(ctx, address); err != nil {
		b.stop()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return b, nil
}

// await waits until the broker accepts a connection.
func (b *broker) await(ctx context.Context, address func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		addr, err := address()
		if err == nil {
			var nc net.Conn
			if nc, err = net.Dial("tcp", addr); err == nil {
				nc.Close()
				return addr, nil
			}
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-b.exited:
			return "", fmt.Errorf("it ended at once: %s", bytes.TrimSpace(b.stderr.Bytes()))
		case <-ctx.Done():
			return "", fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}

// stop ends the process and waits for it.
func (b *broker) stop() {
	interrupt(b.cmd.Process)
	select {
	case <-b.exited:
	case <-time.After(5 * time.Second):
		b.cmd.Process.Kill()
		<-b.exited
	}
	os.RemoveAll(b.dir)
}
