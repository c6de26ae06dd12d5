package transport

import (
	"crypto/tls"
	"fmt"
	"strings"
)

// CipherSuites reads a list of cipher suites of TLS 1.2 in OpenSSL's names,
// separated by colons, such as ECDHE-RSA-AES128-GCM-SHA256. Of OpenSSL's
// keywords it knows none. The suites that package crypto/tls calls insecure
// are unknown to it too.
func CipherSuites(list string) ([]uint16, error) {
	known := make(map[string]uint16)
	for _, s := range tls.CipherSuites() {
		known[opensslName(s.Name)] = s.ID
	}
	var ids []uint16
	for name := range strings.SplitSeq(list, ":") {
		id, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("cipher suite %q is unknown or not secure\nhint: use names such as ECDHE-ECDSA-AES128-GCM-SHA256, or leave the choice to the program", name)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// opensslName turns a name as the TLS registry has it into OpenSSL's:
// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is ECDHE-RSA-AES128-GCM-SHA256.
func opensslName(name string) string {
	name = strings.TrimPrefix(name, "TLS_")
	name = strings.Replace(name, "_WITH_", "_", 1)
	name = strings.Replace(name, "AES_", "AES", 1)
	name = strings.Replace(name, "CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305", 1)
	name = strings.Replace(name, "_CBC_SHA", "_SHA", 1)
	return strings.ReplaceAll(name, "_", "-")
}
