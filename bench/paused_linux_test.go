package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mqt/bench/result"
)

// pausedURL names the broker to the process that is to be paused.
const pausedURL = "MQT_TEST_PAUSED_URL"

// TestPausedGeneratorIsLimited stops a process that makes a load, and lets it
// go on: it must say that it was held up.
func TestPausedGeneratorIsLimited(t *testing.T) {
	if url := os.Getenv(pausedURL); url != "" {
		bePaused(t, url)
		return
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestPausedGeneratorIsLimited$", "-test.v")
	cmd.Env = append(os.Environ(), pausedURL+"="+serve(t))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	verdict := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "measuring") {
			cmd.Process.Signal(syscall.SIGSTOP)
			<-time.After(400 * time.Millisecond)
			cmd.Process.Signal(syscall.SIGCONT)
		}
		if strings.Contains(lines.Text(), "verdict") {
			verdict = lines.Text()
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(verdict, result.Limited) || !strings.Contains(verdict, "did not run for") {
		t.Errorf("a paused generator says %q, want %s and why", verdict, result.Limited)
	}
}

func bePaused(t *testing.T, url string) {
	said := false
	r, err := Run(t.Context(), Config{
		Scenario: "p2p", Target: Target{URLs: []string{url}},
		Load: Workload{Schedule: steady(1000)}, Duration: 2 * time.Second,
		Watch: func(s result.Snapshot) {
			if s.Phase == result.Measuring && !said && s.Counts.Delivered > 0 {
				said = true
				fmt.Println("measuring")
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("verdict", r.Verdict.Generator, r.Verdict.Reasons)
}
