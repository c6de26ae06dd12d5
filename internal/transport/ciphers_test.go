package transport

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
)

func TestCipherSuites(t *testing.T) {
	t.Parallel()
	got, err := CipherSuites("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-SHA")
	want := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("CipherSuites = %x, %v, want %x", got, err, want)
	}
	for _, list := range []string{"", "HIGH", "RC4-SHA", "ECDHE-RSA-AES128-GCM-SHA256:"} {
		if got, err := CipherSuites(list); err == nil || !strings.Contains(err.Error(), "unknown or not secure") {
			t.Errorf("CipherSuites(%q) = %x, %v, want an error", list, got, err)
		}
	}
}
