package transport

import (
	"testing"

	"go.uber.org/goleak"
)

// patient waits for goroutines that end by themselves: a WebSocket whose peer
// does not answer the close handshake lives five seconds longer. Each look
// takes a second or so when something is left.
type patient struct{ *testing.M }

// Run runs the tests.
func (p patient) Run() int {
	code := p.M.Run()
	for range 10 {
		if goleak.Find() == nil {
			break
		}
	}
	return code
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(patient{m}) }
