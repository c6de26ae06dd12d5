package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const payloadSize = 64

// program is a client and how many messages it handles in a run.
type program struct {
	args     []string
	messages int
	lines    bool // it publishes the lines on its standard input
}

type pair struct{ mqt, mosquitto program }

// cost is what a run took.
type cost struct{ cpu, wall time.Duration }

// stream measures both clients in turn against a peer, and prints a row of
// medians in µs for each message.
func (o *options) stream(ctx context.Context, j job, out io.Writer, p pair) error {
	var a, b []cost
	for range o.rounds {
		for _, side := range []struct {
			program
			costs *[]cost
		}{{p.mqt, &a}, {p.mosquitto, &b}} {
			c, err := o.runStream(ctx, side.program)
			if err != nil {
				return err
			}
			*side.costs = append(*side.costs, c)
		}
	}
	mqt, mosquitto := median(a, p.mqt.messages), median(b, p.mosquitto.messages)
	name := fmt.Sprintf("`%s`, %d messages", j.name, p.mqt.messages)
	if p.mosquitto.messages != p.mqt.messages {
		name += fmt.Sprintf(" (mosquitto: %d)", p.mosquitto.messages)
	}
	row(out, name+", µs a message", mqt, mosquitto)
	return nil
}

// runStream runs a client against a peer of its own and checks that it handled
// every message.
func (o *options) runStream(ctx context.Context, c program) (cost, error) {
	p, err := newPeer(c.messages)
	if err != nil {
		return cost{}, err
	}
	defer p.ln.Close()
	cmd := exec.CommandContext(ctx, c.args[0], append(c.args[1:], "-h", "127.0.0.1", "-p", p.port())...)
	if c.lines {
		f, err := o.input(c.messages)
		if err != nil {
			return cost{}, err
		}
		defer f.Close()
		cmd.Stdin = f
	}
	spent, err := measure(cmd)
	if err != nil {
		return cost{}, err
	}
	if got := <-p.received; c.lines && got != c.messages {
		return cost{}, fmt.Errorf("%s published %d of %d messages", c.args[0], got, c.messages)
	}
	return spent, nil
}

// input returns a file of so many lines.
func (o *options) input(lines int) (*os.File, error) {
	name := filepath.Join(o.dir, strconv.Itoa(lines))
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		line := strings.Repeat("x", payloadSize) + "\n"
		if err = os.WriteFile(name, []byte(strings.Repeat(line, lines)), 0o600); err == nil {
			f, err = os.Open(name)
		}
	}
	return f, err
}

// measure runs a program to its end, its output thrown away.
func measure(cmd *exec.Cmd) (cost, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w: %s", cmd.Path, err, stderr.String())
	}
	return cost{cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), wall}, nil
}

// figures are CPU and wall time in the unit of a row.
type figures struct{ cpu, wall float64 }

// median returns the middle of each figure, in µs for each of n things.
func median(costs []cost, n int) figures {
	middle := func(of func(cost) time.Duration) float64 {
		var ds []time.Duration
		for _, c := range costs {
			ds = append(ds, of(c))
		}
		slices.Sort(ds)
		return ds[len(ds)/2].Seconds() * 1e6 / float64(n)
	}
	return figures{middle(func(c cost) time.Duration { return c.cpu }), middle(func(c cost) time.Duration { return c.wall })}
}

func row(out io.Writer, name string, mqt, mosquitto figures) {
	fmt.Fprintf(out, "| %s | %.3g | %.3g | %.2f | %.3g | %.3g | %.2f |\n", name,
		mqt.cpu, mosquitto.cpu, mqt.cpu/mosquitto.cpu, mqt.wall, mosquitto.wall, mqt.wall/mosquitto.wall)
}
