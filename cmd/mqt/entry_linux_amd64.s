#include "go_asm.h"
#include "textflag.h"

#define SYS_prctl 157
#define PR_SET_TIMERSLACK 29
#define PR_GET_TIMERSLACK 30

// entry raises the timer slack of the thread, and with it that of every thread
// that Go starts later, and goes on where a Go program begins. It runs before
// there is a Go runtime: no stack, no errors. A process that has no slack (it
// has a real-time priority), or at least as much, keeps what it has.
TEXT ·entry(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVL	$PR_GET_TIMERSLACK, DI
	MOVL	$SYS_prctl, AX
	SYSCALL
	TESTQ	AX, AX
	JLE	start
	CMPQ	AX, $const_startSlack
	JGE	start
	MOVQ	AX, ·inheritedSlack(SB)
	MOVL	$PR_SET_TIMERSLACK, DI
	MOVL	$const_startSlack, SI
	MOVL	$SYS_prctl, AX
	SYSCALL
start:
	JMP	_rt0_amd64_linux(SB)
