package cmd

import (
	"fmt"
	"os"
	"strings"

	"mqt/bench"
	"mqt/bench/payload"
)

// templatePrefix begins a -m that names a file with placeholders.
const templatePrefix = "template://"

// payload fills in what -m says that messages end with.
func (o *benchLoad) payload(env *Env, w *bench.Workload) error {
	size := len(o.Message)
	name, template := strings.CutPrefix(o.Message, templatePrefix)
	switch {
	case o.Message == "":
		return nil
	case template:
		text, err := os.ReadFile(name)
		if err != nil {
			return hint(fmt.Errorf("bench: -m: %w", err), "-m "+templatePrefix+"FILE names a file with the text of the messages")
		}
		if o.sized && !payload.HasRandom(text) {
			env.notef("bench: -s has no effect: there is no %%RANDOM%% in %s", name)
		}
		w.Template = payload.Parse(text, o.Sizes[0].Bytes)
		size = w.Template.Size()
	default:
		w.Payload = []byte(o.Message)
	}
	w.Sizes = []bench.Size{{Bytes: leastPayload + size, Weight: 1}}
	if w.Sizes[0].Bytes > mostPayload {
		return usagef("bench: -m: the payload is longer than %d bytes", mostPayload)
	}
	return nil
}
