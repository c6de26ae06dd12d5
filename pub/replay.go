package pub

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math"
	"time"

	"mqt/internal/mqtt"
)

// ReplayOptions changes how Replay works. The zero value replays once, as fast
// as it was recorded.
type ReplayOptions struct {
	// Speed is how many times faster than recorded; 0 is 1.
	Speed float64
	// Again is called at the end of the records and returns a reader of the
	// same ones, to replay them again, or an error. Nil ends there.
	Again func() (io.Reader, error)
}

// Replay yields what [NDJSON] does, each message as long after the first one as
// the times of the records say. A record whose time is before that of another
// follows it at once; one without time is an error. From the last one to the
// first one of the next round it takes the average time between two, or a
// second when all have the same time, divided by Speed.
//
// It blocks between messages, and ends early when ctx is done.
func Replay(ctx context.Context, r io.Reader, o ReplayOptions) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		p := replay{ctx: ctx, speed: o.Speed, start: time.Now()}
		if p.speed == 0 {
			p.speed = 1
		}
		for p.round(r, yield) && o.Again != nil && p.count > 0 {
			var err error
			if r, err = o.Again(); err != nil {
				yield(mqtt.Message{}, err)
				return
			}
			p.next()
		}
	}
}

// replay is the state of one Replay.
type replay struct {
	ctx   context.Context
	speed float64
	start time.Time // when the first message of this round is due

	first, last time.Time // of the records of this round; last is the latest
	count       int64     // of records in this round
}

// round yields the messages of r. It reports whether that went to the end.
func (p *replay) round(r io.Reader, yield func(mqtt.Message, error) bool) bool {
	p.count = 0
	for rec, err := range records(r) {
		m := rec.m
		if err == nil && m.Received.IsZero() {
			err = fmt.Errorf("line %d: the record has no time to be replayed at", rec.line)
		}
		if err != nil {
			yield(mqtt.Message{}, err)
			return false
		}
		if p.count == 0 {
			p.first, p.last = m.Received, m.Received
		}
		if m.Received.After(p.last) {
			p.last = m.Received
		}
		p.count++
		due := p.start.Add(p.scale(p.last.Sub(p.first)))
		if d := time.Until(due); d > 0 && !wait(p.ctx, d) {
			return false
		}
		m.Received = time.Time{}
		if !yield(m, nil) {
			return false
		}
	}
	return true
}

// next prepares another round.
func (p *replay) next() {
	took, gap := p.last.Sub(p.first), time.Second
	if p.count > 1 && took > 0 {
		gap = took / time.Duration(p.count-1)
	}
	p.start = p.start.Add(p.scale(took + gap))
}

func (p *replay) scale(d time.Duration) time.Duration {
	return time.Duration(min(float64(d)/p.speed, math.MaxInt64/2))
}
