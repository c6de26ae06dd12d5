package sub

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"mqt/internal/mqtt"
)

// What the sink did not take stays with the broker, unacknowledged. The
// acknowledgements of earlier removals, which may be behind it, are not waited
// for.
func TestRemoveRetainedWhenSinkFails(t *testing.T) {
	t.Parallel()
	for name, acks := range map[string]chan func(){"acknowledged": nil, "unacknowledged": make(chan func(), 1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(live("a/1", "x"), live("a/2", "y"), live("a/3", "z"))
				f.acks = acks // not nil: nobody reads it
				sink := func(m mqtt.Message) error {
					synctest.Wait() // what is removed too early is removed now
					f.mu.Lock()
					defer f.mu.Unlock()
					if _, kept := f.retained[m.Topic]; !kept {
						t.Errorf("%s is removed before it is taken", m.Topic)
					}
					if m.Topic == "a/2" {
						return errSink
					}
					return nil
				}
				_, err := Run(t.Context(), f, sink, Options{Subscriptions: subscriptions(t, "#"), Remover: f})
				if !errors.Is(err, errSink) {
					t.Errorf("Run error = %v, want %v", err, errSink)
				}
				f.close()
				left := strings.Join(slices.Sorted(maps.Keys(f.retained)), " ")
				if left != "a/2 a/3" || slices.Contains(f.acked, "y") {
					t.Errorf("%q are left and %q acknowledged, want a/2 a/3, and y not", left, f.acked)
				}
			})
		})
	}
}
