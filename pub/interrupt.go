package pub

import (
	"context"
	"io"
)

// Interruptible returns a reader of r whose Read ends with ctx's cause when
// ctx is done, even while r.Read blocks, as a terminal's does. That Read of r
// then stays behind and may still write to the buffer it was given: use
// neither the buffer nor r again. Read is not safe for concurrent use.
func Interruptible(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		answer := make(chan result, 1) // buffered: a late answer blocks nobody
		go func() {
			n, err := r.Read(p)
			answer <- result{n, err}
		}()
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case a := <-answer:
			return a.n, a.err
		}
	})
}

type result struct {
	n   int
	err error
}

type readerFunc func([]byte) (int, error)

// Read calls f.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
