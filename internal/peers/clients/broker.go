package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// broker is a broker's process.
type broker struct {
	port string
	cmd  *exec.Cmd
}

// startBroker starts mqt or mosquitto, and returns when it listens.
func (o *options) startBroker(ctx context.Context, name string) (*broker, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	ln.Close()
	args := []string{o.binary, "serve", "-p", port}
	if name == "mosquitto" {
		path, err := exec.LookPath(name)
		if err != nil {
			path = "/usr/sbin/mosquitto" // where Debian puts it, outside most users' path
		}
		args = []string{path, "-p", port}
	}
	b := &broker{port: port, cmd: exec.CommandContext(ctx, args[0], args[1:]...)}
	if err := b.cmd.Start(); err != nil {
		return nil, err
	}
	for range 1000 {
		nc, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			return b, nc.Close()
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	b.stop()
	return nil, fmt.Errorf("%s does not listen", name)
}

func (b *broker) stop() {
	_ = b.cmd.Process.Kill()
	_ = b.cmd.Wait() // it was killed
}

// oneShot measures clients that publish one message, on both brokers.
func oneShot(ctx context.Context, _ job, o *options, out io.Writer) error {
	for _, name := range []string{"mosquitto", "mqt"} {
		b, err := o.startBroker(ctx, name)
		if err != nil {
			return err
		}
		args := []string{"-p", b.port, "-t", "bench/clients", "-m", "21.5"}
		var mqt, mosquitto []cost
		for range o.shots {
			x, err := measure(exec.CommandContext(ctx, o.binary, append([]string{"pub"}, args...)...))
			y, err2 := measure(exec.CommandContext(ctx, "mosquitto_pub", args...))
			if err := errors.Join(err, err2); err != nil {
				b.stop()
				return err
			}
			mqt, mosquitto = append(mqt, x), append(mosquitto, y)
		}
		b.stop()
		row(out, fmt.Sprintf("`pub -m` start to finish, broker %s, %d runs, ms", name, o.shots), median(mqt, 1000), median(mosquitto, 1000))
	}
	return nil
}

// listRetained measures mqt retained list, which mosquitto has nothing like,
// and checks that it is complete and in order.
func listRetained(ctx context.Context, _ job, o *options, out io.Writer) error {
	b, err := o.startBroker(ctx, "mqt")
	if err != nil {
		return err
	}
	defer b.stop()
	var topics bytes.Buffer
	for i := range o.topics {
		fmt.Fprintf(&topics, "site/%02d/device/%06d %s\n", i%100, i, strings.Repeat("x", payloadSize))
	}
	load := exec.CommandContext(ctx, o.binary, "pub", "-p", b.port, "-r", "-q", "1", "--topic-line")
	load.Stdin = &topics
	if _, err := measure(load); err != nil {
		return err
	}
	var costs []cost
	for range o.rounds {
		c, err := o.list(ctx, b)
		if err != nil {
			return err
		}
		costs = append(costs, c)
	}
	m := median(costs, 1_000_000)
	fmt.Fprintf(out, "| `retained list`, %d topics, s | %.2g | – | – | %.2g | – | – |\n", o.topics, m.cpu, m.wall)
	return nil
}

func (o *options) list(ctx context.Context, b *broker) (cost, error) {
	f, err := os.Create(filepath.Join(o.dir, "list"))
	if err != nil {
		return cost{}, err
	}
	defer f.Close()
	cmd := exec.CommandContext(ctx, o.binary, "retained", "list", "-p", b.port, "site/#")
	cmd.Stdout = f
	spent, err := measure(cmd)
	if err != nil {
		return cost{}, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return cost{}, err
	}
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		lines = append(lines, s.Text())
	}
	if len(lines) < o.topics || !slices.IsSorted(lines) {
		return cost{}, fmt.Errorf("the list has %d lines, in order: %t; want %d in order", len(lines), slices.IsSorted(lines), o.topics)
	}
	return spent, nil
}
