package cmd

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var gave time.Duration
		s := newStall(10*time.Second, func() { gave = time.Since(start) })
		<-time.After(time.Minute) // nothing is asked
		s.asked()
		<-time.After(9 * time.Second)
		s.asked() // answers are what counts
		s.answered()
		<-time.After(9 * time.Second)
		s.answered()
		<-time.After(time.Minute) // all is answered
		if synctest.Wait(); gave != 0 {
			t.Errorf("gave up after %v, while there were answers", gave)
		}
		s.asked()
		<-time.After(time.Minute)
		synctest.Wait()
		if want := time.Minute + 9*time.Second + 9*time.Second + time.Minute + 10*time.Second; gave != want {
			t.Errorf("gave up after %v, want %v", gave, want)
		}
	})
}
