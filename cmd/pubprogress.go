package cmd

import (
	"fmt"

	"mqt/internal/mqtt"
)

// progress counts the messages of a long input on the terminal, and wipes the
// count away at the end. Nothing is counted when the input is typed there.
func (o *pubOptions) progress(env *Env, src messages) messages {
	if !o.Input.stream() || !env.StderrTTY || env.StdinTTY || o.Conn.Quiet {
		return src
	}
	return func(yield func(mqtt.Message, error) bool) {
		n, shown := 0, false
		defer func() {
			if shown {
				fmt.Fprint(env.Stderr, "\r\x1b[K")
			}
		}()
		for m, err := range src {
			if !yield(m, err) {
				return
			}
			if n++; n%progressStep == 0 && (n < 100*progressStep || n%(100*progressStep) == 0) {
				fmt.Fprintf(env.Stderr, "\r%d messages published", n)
				shown = true
			}
		}
	}
}
