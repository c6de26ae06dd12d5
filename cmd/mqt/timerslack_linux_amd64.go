package main

import "syscall"

// startSlack is the timer slack in nanoseconds (prctl(2), PR_SET_TIMERSLACK)
// that entry gives the process: by how much Linux may let a thread sleep too
// long.
//
// Go's monitor thread sleeps for 20 µs at a time in the first milliseconds of
// a process. With the usual slack of 50 µs it wakes some thirty times before a
// single message is published, which takes a tenth of the time. The monitor
// has nothing to do for such a process.
//
//lint:ignore U1000 entry uses it
const startSlack = 1_000_000

// inheritedSlack is the timer slack in nanoseconds that the process was
// started with; 0 when entry has not raised it. Go finds it set, and never
// changes it.
var inheritedSlack uintptr = 0

// entry is where a release begins (go tool link -E main.entry). Any other
// build begins where Go does.
//
//lint:ignore U1000 the linker uses it
func entry()

// punctual gives every thread back the timer slack that the process was started
// with. A process that lives on needs its timers and its monitor on time.
func punctual() {
	const prSetTimerSlack = 29
	if inheritedSlack > 0 {
		// It can't fail: entry made the same call, and a release has no cgo.
		_, _, _ = syscall.AllThreadsSyscall(syscall.SYS_PRCTL, prSetTimerSlack, inheritedSlack, 0)
	}
}
