package transport

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
)

// ErrPassphrase says that a passphrase does not open a private key.
var ErrPassphrase = errors.New("the passphrase is wrong")

// KeyEncrypted reports whether the private key in a PEM text needs a
// passphrase.
func KeyEncrypted(text []byte) bool {
	block := keyBlock(text)
	return block != nil && (block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "")
}

// DecryptKey returns the private key in a PEM text as PEM without encryption.
// It opens what openssl writes: PKCS #8 (RFC 5958) with PBES2 (RFC 8018) of
// PBKDF2 and AES or triple DES in CBC mode, and the older form with the header
// DEK-Info. The error is ErrPassphrase, or says what it cannot open.
func DecryptKey(text, passphrase []byte) ([]byte, error) {
	block := keyBlock(text)
	switch {
	case block == nil:
		return nil, errors.New("holds no PEM private key")
	case block.Type == "ENCRYPTED PRIVATE KEY":
		der, err := decryptPKCS8(block.Bytes, passphrase)
		if err != nil {
			return nil, err
		}
		if _, err := x509.ParsePKCS8PrivateKey(der); err != nil { // padding can be right by chance
			return nil, ErrPassphrase
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	case block.Headers["DEK-Info"] != "":
		//lint:ignore SA1019 such keys are in use, and the file is as safe as its reader keeps it
		der, err := x509.DecryptPEMBlock(block, passphrase)
		if errors.Is(err, x509.IncorrectPasswordError) {
			err = ErrPassphrase
		}
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
	}
	return text, nil
}

// keyBlock returns the first private key of a PEM text, nil when there is none.
func keyBlock(text []byte) *pem.Block {
	for {
		block, rest := pem.Decode(text)
		if block == nil || bytes.HasSuffix([]byte(block.Type), []byte("PRIVATE KEY")) {
			return block
		}
		text = rest
	}
}

// encryptedKey is EncryptedPrivateKeyInfo, RFC 5958 section 3, with the
// parameters of PBES2, RFC 8018 appendix A.4.
type encryptedKey struct {
	Algorithm struct {
		ID     asn1.ObjectIdentifier
		Params struct {
			KDF    pkix.AlgorithmIdentifier
			Cipher pkix.AlgorithmIdentifier
		}
	}
	Data []byte
}

// pbkdf2Params is PBKDF2-params, RFC 8018 appendix A.2.
type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// maxIterations bounds the time a file can ask for: some seconds. openssl's
// default is 2,048.
const maxIterations = 10_000_000

func decryptPKCS8(der, passphrase []byte) ([]byte, error) {
	var k encryptedKey
	if _, err := asn1.Unmarshal(der, &k); err != nil || k.Algorithm.ID.String() != "1.2.840.113549.1.5.13" {
		return nil, errors.New("is encrypted in another way than PBES2")
	}
	kdf, scheme := k.Algorithm.Params.KDF, k.Algorithm.Params.Cipher
	var p pbkdf2Params
	if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err != nil || kdf.Algorithm.String() != "1.2.840.113549.1.5.12" {
		return nil, fmt.Errorf("derives its key in another way than PBKDF2 (%v)", kdf.Algorithm)
	}
	if p.Iterations < 1 || p.Iterations > maxIterations {
		return nil, fmt.Errorf("asks for %d iterations", p.Iterations)
	}
	newHash, err := hashOf(p.PRF.Algorithm)
	if err != nil {
		return nil, err
	}
	newCipher, size, err := cipherOf(scheme.Algorithm)
	if err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(newHash, string(passphrase), p.Salt, p.Iterations, size)
	if err != nil {
		return nil, err
	}
	block, err := newCipher(key)
	if err != nil {
		return nil, err
	}
	return decryptCBC(block, scheme, k.Data)
}

func decryptCBC(block cipher.Block, scheme pkix.AlgorithmIdentifier, data []byte) ([]byte, error) {
	var iv []byte
	n := block.BlockSize()
	if _, err := asn1.Unmarshal(scheme.Parameters.FullBytes, &iv); err != nil || len(iv) != n || len(data) == 0 || len(data)%n != 0 {
		return nil, errors.New("is damaged")
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > n || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, ErrPassphrase
	}
	return plain[:len(plain)-pad], nil
}

// hashOf returns the hash of an HMAC; without identifier that is SHA-1.
func hashOf(id asn1.ObjectIdentifier) (func() hash.Hash, error) {
	switch id.String() {
	case "", "1.2.840.113549.2.7":
		return sha1.New, nil
	case "1.2.840.113549.2.9":
		return sha256.New, nil
	case "1.2.840.113549.2.10":
		return sha512.New384, nil
	case "1.2.840.113549.2.11":
		return sha512.New, nil
	}
	return nil, fmt.Errorf("derives its key with an unknown hash (%v)", id)
}

// cipherOf returns a cipher and the size of its keys in bytes.
func cipherOf(id asn1.ObjectIdentifier) (func([]byte) (cipher.Block, error), int, error) {
	switch id.String() {
	case "2.16.840.1.101.3.4.1.2":
		return aes.NewCipher, 16, nil
	case "2.16.840.1.101.3.4.1.22":
		return aes.NewCipher, 24, nil
	case "2.16.840.1.101.3.4.1.42":
		return aes.NewCipher, 32, nil
	case "1.2.840.113549.3.7":
		return des.NewTripleDESCipher, 24, nil
	}
	return nil, 0, fmt.Errorf("is encrypted with an unknown cipher (%v)", id)
}
