package cmd

import (
	"os/exec"
	"path/filepath"
	"testing"

	"mqt/internal/peertest"
)

// TestInteropPasswordFile serves with a file as mosquitto_passwd leaves it.
func TestInteropPasswordFile(t *testing.T) {
	t.Parallel()
	program, file := peertest.Program(t, "mosquitto_passwd"), filepath.Join(t.TempDir(), "users")
	for _, args := range [][]string{{"-c", "-b", file, "ann", "one two"}, {"-H", "sha512", "-b", file, "bob", "dré"}, {"-b", file, "gone", "x"}, {"-D", file, "gone"}} {
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
			t.Fatalf("mosquitto_passwd %q: %v: %s", args, err, out)
		}
	}
	at := serveURL(t, "--listen", "mqtt://127.0.0.1:0", "--password-file", file)
	for _, tc := range []struct {
		user, password string
		lets           bool
	}{{"ann", "one two", true}, {"bob", "dré", true}, {"ann", "dré", false}, {"gone", "x", false}, {"nobody", "x", false}} {
		code, _, stderr := mqtRun(t, "pub", "-L", at, "-u", tc.user, "-P", tc.password, "-t", "a", "-m", "x", "-q", "1")
		if (code == 0) != tc.lets {
			t.Errorf("pub as %s with %q = %d, %s, want to be let in: %t", tc.user, tc.password, code, stderr, tc.lets)
		}
	}
}
