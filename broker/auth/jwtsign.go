package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.Hash.New
	_ "crypto/sha512" // for crypto.Hash.New
	"math/big"
)

// algorithm is one of RFC 7518 section 3.1 or RFC 8037; "none" is not.
type algorithm struct {
	family family
	hash   crypto.Hash // 0 for EdDSA
	curve  string      // of ECDSA
}

type family uint8

const (
	familyHMAC family = iota + 1
	familyPKCS1
	familyPSS
	familyECDSA
	familyEdDSA
)

var algorithms = map[string]algorithm{
	"HS256": {familyHMAC, crypto.SHA256, ""},
	"HS384": {familyHMAC, crypto.SHA384, ""},
	"HS512": {familyHMAC, crypto.SHA512, ""},
	"RS256": {familyPKCS1, crypto.SHA256, ""},
	"RS384": {familyPKCS1, crypto.SHA384, ""},
	"RS512": {familyPKCS1, crypto.SHA512, ""},
	"PS256": {familyPSS, crypto.SHA256, ""},
	"PS384": {familyPSS, crypto.SHA384, ""},
	"PS512": {familyPSS, crypto.SHA512, ""},
	"ES256": {familyECDSA, crypto.SHA256, "P-256"},
	"ES384": {familyECDSA, crypto.SHA384, "P-384"},
	"ES512": {familyECDSA, crypto.SHA512, "P-521"},
	"EdDSA": {familyEdDSA, 0, ""},
}

// fits reports whether the key may be used with the algorithm. A public key
// is never an HMAC secret, and each curve has its one algorithm.
func (k *tokenKey) fits(alg string) bool {
	a, known := algorithms[alg]
	if !known || k.alg != "" && k.alg != alg {
		return false
	}
	switch p := k.public.(type) {
	case hmacKey: // RFC 7518 section 3.2: as long as the hash at least
		return a.family == familyHMAC && len(p) >= a.hash.Size()
	case *rsa.PublicKey:
		return a.family == familyPKCS1 || a.family == familyPSS
	case *ecdsa.PublicKey:
		return a.family == familyECDSA && p.Curve.Params().Name == a.curve
	case ed25519.PublicKey:
		return a.family == familyEdDSA
	}
	return false
}

// verify checks a signature. The key must fit the algorithm.
func (k *tokenKey) verify(alg string, signed, signature []byte) bool {
	a := algorithms[alg]
	digest := signed
	if a.hash != 0 {
		h := a.hash.New()
		if p, ok := k.public.(hmacKey); ok {
			h = hmac.New(a.hash.New, p)
		}
		h.Write(signed)
		digest = h.Sum(nil)
	}
	switch p := k.public.(type) {
	case hmacKey:
		return hmac.Equal(digest, signature)
	case *rsa.PublicKey:
		if a.family == familyPSS { // RFC 7518 section 3.5: the salt is as long as the hash
			o := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(p, a.hash, digest, signature, o) == nil
		}
		return rsa.VerifyPKCS1v15(p, a.hash, digest, signature) == nil
	case *ecdsa.PublicKey: // RFC 7518 section 3.4: R and S, each as long as the curve's
		size := (p.Curve.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(p, digest, r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(p, digest, signature)
	}
	return false
}
