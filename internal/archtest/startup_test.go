package archtest

import (
	"os/exec"
	"strings"
	"testing"
)

// costly are packages whose initialisers, or those of what they import, would
// be paid for by each start of the program, whatever its command. The reasons
// are what they cost when they were last linked.
var costly = []struct{ prefix, reason string }{
	{"google.golang.org/protobuf/", "tables of reflection and a hash of the binary: 1.5 ms; internal/protobuf decodes"},
	{"github.com/bufbuild/protocompile", "the standard imports, and google.golang.org/protobuf: 1.9 ms; internal/protobuf reads schemas"},
	{"github.com/prometheus/", "descriptions of metrics, regular expressions: 0.9 ms; broker/admin writes the text format"},
	{"go.yaml.in/yaml", "tables and regular expressions: 0.1 ms; github.com/goccy/go-yaml reads plans"},
	{"html/template", "tables and regular expressions: 0.1 ms; text/template escapes as well when it is told to"},
	{"expvar", "registers handlers of net/http"},
	{"net/http/pprof", "registers handlers of net/http"},
	{"testing", "flags of tests"},
}

func checkLinked(deps []string) []string {
	var out []string
	for _, dep := range deps {
		for _, c := range costly {
			if dep == c.prefix || strings.HasPrefix(dep, strings.TrimSuffix(c.prefix, "/")+"/") {
				out = append(out, dep+" is linked into cmd/mqt, which costs every start of it: "+c.reason)
			}
		}
	}
	return out
}

// TestLinked guards the time that mqt takes to start, without measuring it.
func TestLinked(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "mqt/cmd/mqt").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 100 {
		t.Fatalf("only %d packages are linked into cmd/mqt", len(deps))
	}
	for _, v := range checkLinked(deps) {
		t.Error(v)
	}
}

func TestLinkedCanFail(t *testing.T) {
	t.Parallel()
	got := checkLinked([]string{"fmt", "google.golang.org/protobuf/encoding/protowire", "testing", "testing/iotest", "expvars"})
	if len(got) != 3 {
		t.Errorf("checkLinked = %q, want three", got)
	}
}
