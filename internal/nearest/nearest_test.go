package nearest

import (
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"lisener", "listener"}, {"passwordfile", "password_file"}, {"max_conections", "max_connections"}, {"PORT", "port"}, {"", "port"},
		{"bridge_caflie", "bridge_cafile"}, {strings.Repeat("x", 5000), "a_key_without_that_letter"},
	}
	names := []string{"port", "listener", "password_file", "max_connections", "bridge_cafile", "a_key_without_that_letter"}
	for _, tc := range tests {
		if got := Name(tc.in, names); got != tc.want && len(tc.in) < 100 || got == "" {
			t.Errorf("Name(%.20q) = %q, want %q", tc.in, got, tc.want)
		}
	}
}
