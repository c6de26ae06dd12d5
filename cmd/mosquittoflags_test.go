package cmd

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"mqt/internal/compat"
)

// TestNativeFlags: each option of mosquitto's clients is a flag of the native
// command, under the same letter and name.
func TestNativeFlags(t *testing.T) {
	t.Parallel()
	env := testEnv()
	for program, c := range map[compat.Program]*cobra.Command{compat.Pub: newPub(env, runPub), compat.Sub: newSub(env, runSub), compat.RR: newRR(env, runRR)} {
		for _, name := range compat.Names(program) {
			flags := c.Flags()
			switch flag := flags.Lookup(strings.TrimPrefix(name, "--")); {
			case name == "-o", name == "--version", name == "--help": // the output; mqt's own, and cobra's
			case len(name) == 2 && flags.ShorthandLookup(name[1:]) == nil, len(name) > 2 && flag == nil:
				t.Errorf("mqt %s has no %s, which %v has", c.Name(), name, program)
			}
		}
	}
}

// TestMissingFlags: what cannot be had is refused with the reason.
func TestMissingFlags(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want string }{
		{"--psk 00 --psk-identity i", `no pre-shared keys`},
		{"--tls-engine e", `no engines`},
		{"--keyform engine", `no engines`},
		{"--keyform der", `no engines`},
		{"--ciphers NULL --tls-use-os-certs", `--ciphers: cipher suite "NULL" is unknown or not secure`},
		{"--ciphers ECDHE-RSA-AES128-GCM-SHA256", "without TLS"},
	} {
		code, _, stderr := mqtRun(t, append([]string{"pub", "-h", "127.0.0.1", "-p", "1", "-t", "a", "-n"}, strings.Fields(test.args)...)...)
		if code != exitUsage || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit code %d, %q, want %q", test.args, code, stderr, test.want)
		}
	}
	code, _, stderr := mqtRun(t, "pub", "-h", "127.0.0.1", "-p", "1", "-t", "a", "-n", "--keyform", "pem", "--ciphers", "ECDHE-RSA-AES128-GCM-SHA256", "--tls-use-os-certs")
	if code != exitFailed || !strings.Contains(stderr, "connection refused") {
		t.Errorf("--keyform pem --ciphers …: exit code %d, %q, want that nobody listens", code, stderr)
	}
}
