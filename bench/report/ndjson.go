package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"mqt/bench/result"
)

// ndjson writes a line of JSON each second, and one with the result.
type ndjson struct {
	w    io.Writer
	each each
}

func newNDJSON(w io.Writer, _ Options) Writer {
	return &ndjson{w: w, each: each{interval: time.Second}}
}

// Watch implements Writer.
func (w *ndjson) Watch(s result.Snapshot) error {
	if !w.each.next(s) {
		return nil
	}
	if s.Reasons == nil {
		s.Reasons = []string{}
	}
	return w.write(struct {
		Type string `json:"type"`
		result.Snapshot
	}{"snapshot", s})
}

// Result implements Writer.
func (w *ndjson) Result(r *result.Result) error {
	return w.write(struct {
		Type   string         `json:"type"`
		Result *result.Result `json:"result"`
	}{"result", r})
}

func (w *ndjson) write(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := w.w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
