package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"mqt/bench/result"
)

// csvWriter writes a table: a header, and one row for each second of each run.
type csvWriter struct {
	w    *csv.Writer
	runs int
}

func newCSV(w io.Writer, _ Options) Writer { return &csvWriter{w: csv.NewWriter(w)} }

// Watch implements Writer.
func (*csvWriter) Watch(result.Snapshot) error { return nil }

// Result implements Writer. The cell of what was not measured is empty.
func (w *csvWriter) Result(r *result.Result) error {
	if w.runs++; w.runs == 1 {
		w.row("run", "second", "intended", "sent", "acked", "delivered", "clients",
			"response_p50_ns", "response_p99_ns", "response_max_ns", "target_cpu", "target_rss_bytes")
	}
	for _, s := range r.Series {
		u := func(n uint64) string { return strconv.FormatUint(n, 10) }
		w.row(strconv.Itoa(w.runs), strconv.FormatInt(s.At/1e9, 10), u(s.Intended), u(s.Sent), u(s.Acked), u(s.Delivered), u(s.Clients),
			cell(s.P50), cell(s.P99), cell(s.Max), cell(s.TargetCPU), cell(s.TargetRSS))
	}
	w.w.Flush()
	if err := w.w.Error(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (w *csvWriter) row(cells ...string) { _ = w.w.Write(cells) } // Result asks for the error

func cell[T any](v *T) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}
