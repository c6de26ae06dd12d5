package pub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/record"
)

// ErrNoInput says that standard input held nothing to publish.
var ErrNoInput = errors.New("standard input is empty")

// Repeat yields m n times, and waits between one and the next. It ends early
// when ctx is done. m.Payload must not change until the last is delivered.
func Repeat(ctx context.Context, m mqtt.Message, n int, delay time.Duration) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		for i := range n {
			if i > 0 && delay > 0 && !wait(ctx, delay) || !yield(m, nil) {
				return
			}
		}
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// NDJSON yields the messages of r, one record of package record a line. Blank
// lines are skipped. What belongs to the delivery and not to the message is
// left out: dup, packet identifier, time, subscription identifiers and topic
// alias. Errors name the line.
func NDJSON(r io.Reader) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		for rec, err := range records(r) {
			rec.m.Received = time.Time{}
			if !yield(rec.m, err) {
				return
			}
		}
	}
}

// recorded is a message, with its time, and the number of its line.
type recorded struct {
	m    mqtt.Message
	line uint64
}

// records yields the messages of r. An error is the last.
func records(r io.Reader) iter.Seq2[recorded, error] {
	return func(yield func(recorded, error) bool) {
		lr := lineReader{r: r, ending: '\n'}
		for {
			line, err := lr.next()
			if err == io.EOF {
				return
			}
			if err == nil && len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			rec := recorded{line: lr.lines}
			if err == nil {
				rec.m, err = parse(line, lr.lines)
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

func parse(line []byte, n uint64) (mqtt.Message, error) {
	m, err := record.Parse(line)
	if err != nil {
		return mqtt.Message{}, fmt.Errorf("line %d: %w", n, err)
	}
	if err := mqtt.CheckTopic(m.Topic); err != nil {
		return mqtt.Message{}, fmt.Errorf("line %d: topic %q %w", n, m.Topic, err)
	}
	m.Dup, m.PacketID = false, 0
	if len(m.Props) > 0 {
		m.Props = m.Props.Without(mqtt.PropSubscriptionID, mqtt.PropTopicAlias)
	}
	return m, nil
}

// ReadFile returns what the file holds: a regular file, or a FIFO or device,
// which is read until its end. It fails when that is more than MaxPayload, and
// with ctx's cause when ctx is done first.
func ReadFile(ctx context.Context, name string) ([]byte, error) {
	f, err := Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(ctx, f, name)
}

// Open opens a file for reading. It fails with ctx's cause when ctx is done
// first: opening a FIFO blocks until somebody writes to it. That attempt then
// stays behind.
func Open(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	ch := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		ch <- opened{f, err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case o := <-ch:
		return o.f, o.err
	}
}

// ReadStdin returns all of r. It fails with ErrNoInput when that is nothing,
// when it is more than MaxPayload, and with ctx's cause when ctx is done first.
func ReadStdin(ctx context.Context, r io.Reader) ([]byte, error) {
	b, err := readAll(ctx, r, "standard input")
	if err == nil && len(b) == 0 {
		err = ErrNoInput
	}
	return b, err
}

func readAll(ctx context.Context, r io.Reader, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(Interruptible(ctx, r), MaxPayload+1))
	if err == nil && len(b) > MaxPayload {
		err = fmt.Errorf("%s is larger than %d bytes, the most an MQTT packet can carry", name, MaxPayload)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}
