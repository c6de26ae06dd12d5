package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of keys: shorter ones are no protection, longer ones only slow.
const (
	minRSABits   = 2048
	maxRSABits   = 16_384
	minSecretLen = 32 // RFC 7518 section 3.2, for HS256
	maxKeys      = 100
)

// tokenKey verifies signatures. Which algorithms it may be used with follows
// from the kind of key, never from a token.
type tokenKey struct {
	id     string // kid, may be empty
	alg    string // the only algorithm, if not empty
	public any    // *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey or hmacKey
}

type hmacKey []byte

// TokenKeys verify the signatures of JSON Web Tokens, read-only.
type TokenKeys struct{ keys []tokenKey }

// LoadTokenKeys reads a key file, see ParseTokenKeys.
func LoadTokenKeys(name string) (*TokenKeys, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return ParseTokenKeys(name, text)
}

// ParseTokenKeys reads what a key file holds: PEM with public keys or
// certificates, a JSON Web Key or a set of them, or anything else as the
// secret of HS256, HS384 and HS512, of at least 32 bytes. The line end of a
// secret that is text does not count.
// Errors begin with "name:".
func ParseTokenKeys(name string, text []byte) (*TokenKeys, error) {
	trimmed := bytes.TrimSpace(text)
	var keys []tokenKey
	var err error
	switch {
	case bytes.HasPrefix(trimmed, []byte("-----BEGIN ")):
		keys, err = parsePEM(trimmed)
	case bytes.HasPrefix(trimmed, []byte("{")):
		keys, err = parseJWKs(trimmed)
	default:
		keys = []tokenKey{{public: hmacKey(textSecret(text))}}
	}
	if err == nil && len(keys) > maxKeys {
		err = fmt.Errorf("more than %d keys", maxKeys)
	}
	for i := range keys {
		if err == nil {
			err = keys[i].check()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &TokenKeys{keys}, nil
}

// textSecret cuts off a line end, but not from random bytes that happen to end
// like a line.
func textSecret(b []byte) []byte {
	line := bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	if !utf8.Valid(line) || bytes.ContainsFunc(line, unicode.IsControl) {
		return b
	}
	return line
}

func (k *tokenKey) check() error {
	switch p := k.public.(type) {
	case hmacKey:
		if len(p) < minSecretLen {
			return fmt.Errorf("the secret has %d bytes, less than %d", len(p), minSecretLen)
		}
	case *rsa.PublicKey:
		if n := p.N.BitLen(); n < minRSABits || n > maxRSABits {
			return fmt.Errorf("the RSA key has %d bits, not %d to %d", n, minRSABits, maxRSABits)
		}
	case *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return fmt.Errorf("a key of type %T cannot verify tokens", p)
	}
	if k.alg != "" && !k.fits(k.alg) {
		return fmt.Errorf("alg %.20q does not fit the key", k.alg)
	}
	return nil
}

func parsePEM(text []byte) ([]tokenKey, error) {
	var keys []tokenKey
	for len(bytes.TrimSpace(text)) > 0 {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil, errors.New("the PEM text is damaged")
		}
		text = rest
		public, err := parseBlock(block)
		if err != nil {
			return nil, err
		}
		keys = append(keys, tokenKey{public: public})
	}
	return keys, nil
}

func parseBlock(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return cert.PublicKey, nil
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		return nil, errors.New("this is a private key\nhint: give the public key; \"openssl pkey -pubout\" makes it")
	}
	return nil, fmt.Errorf("PEM block %.40q is not a public key or certificate", block.Type)
}

// jwk is a JSON Web Key, RFC 7517 and RFC 7518 section 6.
type jwk struct {
	Kty, Kid, Alg, Use, Crv string
	K, N, E, X, Y           string
}

// parseJWKs reads one key or a set. Keys of a set that are not for signatures,
// or of an unknown kind, are skipped, as RFC 7517 section 5 asks.
func parseJWKs(text []byte) ([]tokenKey, error) {
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("not a JSON Web Key: %w", err)
	}
	if set.Keys == nil {
		k, err := parseJWK(text)
		return []tokenKey{k}, err
	}
	var keys []tokenKey
	for i, one := range set.Keys {
		k, err := parseJWK(one)
		if errors.Is(err, errOtherKey) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("key %d of the set: %w", i+1, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("the set has no key that can verify tokens")
	}
	return keys, nil
}

var errOtherKey = errors.New("the key is not for signatures, or of an unknown kind")

func parseJWK(text []byte) (tokenKey, error) {
	var j jwk
	if err := json.Unmarshal(text, &j); err != nil {
		return tokenKey{}, fmt.Errorf("not a JSON Web Key: %w", err)
	}
	if j.Use != "" && j.Use != "sig" {
		return tokenKey{}, errOtherKey
	}
	public, err := j.public()
	return tokenKey{id: j.Kid, alg: j.Alg, public: public}, err
}

func (j *jwk) public() (any, error) {
	switch j.Kty {
	case "oct":
		k, err := segment(j.K)
		return hmacKey(k), err
	case "RSA":
		return j.rsa()
	case "EC":
		return j.ec()
	case "OKP":
		if j.Crv != "Ed25519" {
			return nil, errOtherKey
		}
		x, err := segment(j.X)
		if err != nil || len(x) != ed25519.PublicKeySize {
			return nil, errors.New("the key is not an Ed25519 public key")
		}
		return ed25519.PublicKey(x), nil
	}
	return nil, errOtherKey
}

func (j *jwk) rsa() (any, error) {
	n, err := segment(j.N)
	if err != nil {
		return nil, err
	}
	e, err := segment(j.E)
	if err != nil {
		return nil, err
	}
	exponent := new(big.Int).SetBytes(e)
	if len(n) > maxRSABits/8 || exponent.BitLen() > 31 || exponent.Cmp(big.NewInt(2)) <= 0 || exponent.Bit(0) == 0 {
		return nil, errors.New("the numbers are not those of an RSA public key")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
}

func (j *jwk) ec() (any, error) {
	curve := curves[j.Crv]
	if curve == nil {
		return nil, errOtherKey
	}
	x, err := segment(j.X)
	if err != nil {
		return nil, err
	}
	y, err := segment(j.Y)
	if err != nil {
		return nil, err
	}
	size := (curve().Params().BitSize + 7) / 8
	if len(x) != size || len(y) != size {
		return nil, errors.New("the coordinates do not have the length of the curve's")
	}
	return ecdsa.ParseUncompressedPublicKey(curve(), append(append([]byte{4}, x...), y...))
}

var curves = map[string]func() elliptic.Curve{"P-256": elliptic.P256, "P-384": elliptic.P384, "P-521": elliptic.P521}

// segment decodes base64url as JSON Web Signatures have it, RFC 7515 section
// 2: without padding, and in one form only.
func segment(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) == 0 || strings.ContainsAny(s, "\r\n") { // which the decoder skips
		return nil, errors.New("a value is not base64url")
	}
	return b, nil
}
