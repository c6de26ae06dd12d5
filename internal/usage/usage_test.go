package usage

import (
	"os"
	"runtime"
	"testing"
	"time"
)

func TestProcess(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	const tolerance = 10 * time.Millisecond // the resolution of /proc
	start := Own()
	for Own()-start < 50*time.Millisecond { // work, so that there is time to see
	}
	got, err := Process(os.Getpid())
	if err != nil || got < 50*time.Millisecond-tolerance {
		t.Errorf("Process(self) = %v, %v, want at least 50ms", got, err)
	}
	if total, err := Machine(); err != nil || total < got {
		t.Errorf("Machine() = %v, %v, want at least %v", total, err, got)
	}
	if n, err := Resident(os.Getpid()); err != nil || n < 500<<10 || n > 10<<30 {
		t.Errorf("Resident(self) = %v, %v, want a plausible size", n, err)
	}
	if n := Memory(); n < 1<<20 {
		t.Errorf("Memory() = %d, want more", n)
	}
}
