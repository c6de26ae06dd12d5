package cmd

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A private key with a passphrase is opened with the file that has it.
func TestKeyPassphrase(t *testing.T) {
	t.Parallel()
	keys := filepath.Join("..", "internal", "transport", "testdata", "keys")
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join(keys, "plain.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.(*ecdsa.PrivateKey).Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, pass, wrong := filepath.Join(dir, "cert"), filepath.Join(dir, "pass"), filepath.Join(dir, "wrong")
	for name, text := range map[string]string{pass: "secret\r\nmore", wrong: "wrong",
		cert: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ key, pass, want string }{
		{key: "plain.pem"},
		{key: "plain.pem", pass: pass},
		{key: "aes256.pem", pass: pass},
		{key: "old.pem", pass: pass},
		{key: "aes256.pem", want: "aes256.pem is encrypted\nhint: give --key-passphrase-file FILE"},
		{key: "aes256.pem", pass: wrong, want: "--key-passphrase-file: the first line of " + wrong + " does not open "},
		{key: "aes256.pem", pass: filepath.Join(dir, "none"), want: "--key-passphrase-file: open "},
		{key: "scrypt.pem", pass: pass, want: "\nhint: write it in another way: openssl pkcs8 -topk8 -in "},
	}
	for _, tt := range tests {
		o := tlsOptions{Cert: cert, Key: filepath.Join(keys, tt.key), KeyPass: tt.pass}
		c, _, err := o.config()
		if !strings.Contains(errText(err), tt.want) || (err != nil) != (tt.want != "") || err == nil && len(c.Certificates) != 1 {
			t.Errorf("key %s with %q: %v, want %q", tt.key, tt.pass, err, tt.want)
		}
	}
	if _, err := pubConn(t, "--key-passphrase-file", "x", "--tls-use-os-certs"); !strings.Contains(errText(err), "but no --key") {
		t.Errorf("--key-passphrase-file without --key: %v", err)
	}
}
