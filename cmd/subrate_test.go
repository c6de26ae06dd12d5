package cmd

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
	"mqt/sub"
)

func TestRateWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		r := newRateWriter(&out)
		r.start()
		for _, n := range []int{3, 0, 1} {
			for range n {
				if err := r.Write(mqtt.Message{}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if err := r.close(); err != nil {
			t.Error(err)
		}
		if got, want := out.String(), "3 msgs/s\n0 msgs/s\n1 msgs/s\n"; got != want {
			t.Errorf("rates = %q, want %q", got, want)
		}
	})
}

func TestRateWriterError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRateWriter(writeFunc(func([]byte) (int, error) { return 0, os.ErrClosed }))
		r.start()
		time.Sleep(time.Second)
		synctest.Wait()
		if err := r.Write(mqtt.Message{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Write after the output was closed = %v, want %v", err, os.ErrClosed)
		}
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
}

func TestRateWriterBlocked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		full := make(chan struct{})
		r := newRateWriter(writeFunc(func(p []byte) (int, error) {
			<-full
			return len(p), nil
		}))
		r.start()
		time.Sleep(time.Second)
		if err := r.close(); !errors.Is(err, sub.ErrBlocked) {
			t.Errorf("close while nobody reads = %v, want %v", err, sub.ErrBlocked)
		}
		close(full)
		<-r.done
		if err := newRateWriter(nil).close(); err != nil {
			t.Errorf("close before start = %v, want nil", err)
		}
	})
}
