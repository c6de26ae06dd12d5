package cmd

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// startSlack is the timer slack in nanoseconds that a release begins with.
const startSlack = "1000000"

// testTimerSlack: a release is started with more timer slack than it inherits,
// and no thread of a program that lives on keeps it.
func testTimerSlack(t *testing.T, mqt string) {
	if runtime.GOARCH != "amd64" {
		t.Skip("only for amd64")
	}
	p := startProcess(t, mqt, nil, nil, nil, "--listen", "mqtt://127.0.0.1:0")
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		if slack(t, task.Name()) == startSlack {
			t.Errorf("thread %s of mqt serve has the timer slack it was started with, want what it inherited", task.Name())
		}
	}
	for range 200 { // a single message is fast: it may end before it is looked at
		if raised(t, exec.Command(mqt, "pub", "-L", p.urls[0], "-t", "a", "-n")) {
			return
		}
	}
	t.Error("no mqt pub was seen with a timer slack of 1 ms")
}

// raised runs the program and reports whether it was seen with a timer slack of
// 1 ms.
func raised(t *testing.T, program *exec.Cmd) (seen bool) {
	t.Helper()
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return seen
		default:
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/timerslack_ns", program.Process.Pid)) // or it has ended
			seen = seen || strings.TrimSpace(string(text)) == startSlack
		}
	}
}

// slack returns the timer slack of a thread in nanoseconds.
func slack(t *testing.T, id string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/" + id + "/timerslack_ns")
	if err != nil {
		t.Skip(err) // it takes CAP_SYS_NICE to see that of others
	}
	return strings.TrimSpace(string(text))
}
