package transport

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files in testdata/keys are one key as openssl 3.0 writes it, encrypted
// with the passphrase "secret".
func opensslKey(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "keys", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDecryptKey(t *testing.T) {
	t.Parallel()
	block, _ := pem.Decode(opensslKey(t, "plain.pem"))
	want, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		file, err string
	}{
		{file: "plain.pem"},
		{file: "aes256.pem"},
		{file: "aes192-sha512.pem"},
		{file: "aes128-sha1.pem"},
		{file: "des3.pem"},
		{file: "old.pem"},
		{file: "scrypt.pem", err: "derives its key in another way than PBKDF2 (1.3.6.1.4.1.11591.4.11)"},
		{file: "pbes1.pem", err: "is encrypted in another way than PBES2"},
	}
	for _, tt := range tests {
		text := opensslKey(t, tt.file)
		if got, want := KeyEncrypted(text), tt.file != "plain.pem"; got != want {
			t.Errorf("KeyEncrypted(%s) = %t, want %t", tt.file, got, want)
		}
		got, err := DecryptKey(text, []byte("secret"))
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("DecryptKey(%s) = %v, want %s", tt.file, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("DecryptKey(%s) = %v", tt.file, err)
			continue
		}
		block, _ := pem.Decode(got)
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if block.Type == "EC PRIVATE KEY" {
			key, err = x509.ParseECPrivateKey(block.Bytes)
		}
		if err != nil || !want.(*ecdsa.PrivateKey).Equal(key) {
			t.Errorf("DecryptKey(%s) = %s, %v, want the key of plain.pem", tt.file, got, err)
		}
		if tt.file == "plain.pem" {
			continue
		}
		if got, err := DecryptKey(text, []byte("wrong")); !errors.Is(err, ErrPassphrase) {
			t.Errorf("DecryptKey(%s) with a wrong passphrase = %s, %v, want %v", tt.file, got, err, ErrPassphrase)
		}
	}
}

// A certificate may stand before the key.
func TestDecryptKeyAmongOthers(t *testing.T) {
	t.Parallel()
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), opensslKey(t, "aes256.pem")...)
	if got, err := DecryptKey(text, []byte("secret")); err != nil || !strings.HasPrefix(string(got), "-----BEGIN PRIVATE KEY") {
		t.Errorf("DecryptKey after a certificate = %s, %v", got, err)
	}
	for _, text := range []string{"", "nothing", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))} {
		if got, err := DecryptKey([]byte(text), nil); err == nil || KeyEncrypted([]byte(text)) {
			t.Errorf("DecryptKey(%q) = %s, want an error", text, got)
		}
	}
}

func TestDecryptKeyIterations(t *testing.T) {
	t.Parallel()
	block, _ := pem.Decode(opensslKey(t, "aes256.pem"))
	var k encryptedKey
	var p pbkdf2Params
	_, err := asn1.Unmarshal(block.Bytes, &k)
	if err == nil {
		_, err = asn1.Unmarshal(k.Algorithm.Params.KDF.Parameters.FullBytes, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Iterations = maxIterations + 1
	if k.Algorithm.Params.KDF.Parameters.FullBytes, err = asn1.Marshal(p); err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decryptPKCS8(der, nil); err == nil || !strings.Contains(err.Error(), "iterations") {
		t.Errorf("decryptPKCS8 with %d iterations = %v, want that they are too many", p.Iterations, err)
	}
}

// FuzzDecryptKey opens foreign keys. What is opened is not encrypted any more,
// and another passphrase does not open it to the same.
func FuzzDecryptKey(f *testing.F) {
	for _, name := range []string{"aes256.pem", "des3.pem", "aes128-sha1.pem", "scrypt.pem", "pbes1.pem", "old.pem", "plain.pem"} {
		block, _ := pem.Decode(opensslKey(f, name))
		f.Add(block.Type, block.Headers["DEK-Info"], block.Bytes)
	}
	f.Fuzz(func(t *testing.T, kind, info string, der []byte) {
		block := &pem.Block{Type: kind, Bytes: der}
		if info != "" {
			block.Headers = map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": info}
		}
		text := pem.EncodeToMemory(block)
		if iterations(der) > 5000 {
			return // takes time, as it should
		}
		opened, err := DecryptKey(text, []byte("secret"))
		if err != nil {
			return
		}
		if KeyEncrypted(opened) {
			t.Errorf("DecryptKey(%q) = %q", text, opened)
		}
		if other, err := DecryptKey(text, []byte("wrong")); KeyEncrypted(text) && err == nil && bytes.Equal(other, opened) {
			t.Errorf("any passphrase opens %q", text)
		}
	})
}

// iterations returns how many a key asks for, 0 when it does not say.
func iterations(der []byte) int {
	var k encryptedKey
	var p pbkdf2Params
	_, _ = asn1.Unmarshal(der, &k)
	_, _ = asn1.Unmarshal(k.Algorithm.Params.KDF.Parameters.FullBytes, &p)
	return p.Iterations
}
