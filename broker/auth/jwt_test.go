package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// signers are one private key of each kind.
type signers struct {
	secret []byte
	rsa    *rsa.PrivateKey
	ec     map[string]*ecdsa.PrivateKey // by algorithm
	ed     ed25519.PrivateKey
}

func newSigners(t testing.TB) *signers {
	t.Helper()
	s := &signers{secret: []byte(hex.EncodeToString(random(32))), ec: map[string]*ecdsa.PrivateKey{}}
	var err error
	if s.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	for alg, c := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		if s.ec[alg], err = ecdsa.GenerateKey(c, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	if _, s.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	return s
}

// file returns the key file that verifies an algorithm.
func (s *signers) file(t testing.TB, alg string) []byte {
	t.Helper()
	var public crypto.PublicKey
	switch alg[:2] {
	case "HS":
		return append(slices.Clone(s.secret), '\n')
	case "RS", "PS":
		public = s.rsa.Public()
	case "ES":
		public = s.ec[alg].Public()
	default:
		public = s.ed.Public()
	}
	return pemOf(t, public)
}

func pemOf(t testing.TB, public crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func (s *signers) sign(t testing.TB, alg string, signed []byte) []byte {
	t.Helper()
	a := algorithms[alg]
	digest := signed
	if a.hash != 0 {
		h := a.hash.New()
		h.Write(signed)
		digest = h.Sum(nil)
	}
	var sig []byte
	var err error
	switch a.family {
	case familyHMAC:
		m := hmac.New(a.hash.New, s.secret)
		m.Write(signed)
		sig = m.Sum(nil)
	case familyPKCS1:
		sig, err = rsa.SignPKCS1v15(rand.Reader, s.rsa, a.hash, digest)
	case familyPSS:
		sig, err = rsa.SignPSS(rand.Reader, s.rsa, a.hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	case familyECDSA:
		key := s.ec[alg]
		r, v, e := ecdsa.Sign(rand.Reader, key, digest)
		size := (key.Params().BitSize + 7) / 8
		sig, err = make([]byte, 2*size), e
		r.FillBytes(sig[:size])
		v.FillBytes(sig[size:])
	case familyEdDSA:
		sig = ed25519.Sign(s.ed, signed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// token returns a signed token with that header and these claims, both JSON.
func (s *signers) token(t testing.TB, alg, header, claims string) string {
	t.Helper()
	signed := rawURL([]byte(header)) + "." + rawURL([]byte(claims))
	return signed + "." + rawURL(s.sign(t, alg, []byte(signed)))
}

func rawURL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func headerOf(alg string) string { return `{"alg":"` + alg + `","typ":"JWT"}` }

func TestTokenAlgorithms(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	now := time.Unix(1000, 0)
	for alg := range algorithms {
		token := s.token(t, alg, headerOf(alg), `{"sub":"alice","exp":2000}`)
		for other := range algorithms {
			keys, err := ParseTokenKeys("k", s.file(t, other))
			if err != nil {
				t.Fatal(err)
			}
			_, err = VerifyToken(token, now, TokenOptions{Keys: keys})
			same := string(s.file(t, alg)) == string(s.file(t, other))
			if (err == nil) != same {
				t.Errorf("a token of %s, verified with the key for %s: %v", alg, other, err)
			}
		}
	}
}

// TestTokenConfusion signs with what the attacker knows.
func TestTokenConfusion(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	claims := `{"sub":"alice","exp":2000}`
	public := s.file(t, "RS256")
	keys, err := ParseTokenKeys("k", public)
	if err != nil {
		t.Fatal(err)
	}
	forger := &signers{secret: public}
	short, err := ParseTokenKeys("k", s.secret[:32])
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, token, want string
		keys              *TokenKeys
	}{
		{"public key as secret", forger.token(t, "HS256", headerOf("HS256"), claims), `no key for algorithm "HS256"`, keys},
		{"none", rawURL([]byte(headerOf("none"))) + "." + rawURL([]byte(claims)) + ".", "signature: a value is not base64url", keys},
		{"none, signed", s.token(t, "RS256", headerOf("none"), claims), `no key for algorithm "none"`, keys},
		{"no alg", s.token(t, "RS256", `{"typ":"JWT"}`, claims), `no key for algorithm ""`, keys},
		{"ALG", s.token(t, "RS256", `{"ALG":"RS256"}`, claims), `no key for algorithm ""`, keys},
		{"alg not text", s.token(t, "RS256", `{"alg":["RS256"]}`, claims), "alg is not text", keys},
		{"critical extension", s.token(t, "RS256", `{"alg":"RS256","crit":["b64"],"b64":false}`, claims), "the header has extensions that must be understood", keys},
		{"other signature", s.token(t, "PS256", headerOf("RS256"), claims), errSignature.Error(), keys},
		{"two forms of a signature", s.token(t, "RS256", headerOf("RS256"), claims) + "\n", "signature: a value is not base64url", keys},
		{"embedded key", (&signers{rsa: newSigners(t).rsa}).token(t, "RS256", `{"alg":"RS256","jwk":{"kty":"RSA"},"kid":"x"}`, claims), errSignature.Error(), keys},
		{"secret too short for the hash", (&signers{secret: s.secret[:32]}).token(t, "HS512", headerOf("HS512"), claims), `no key for algorithm "HS512"`, short},
	}
	for _, tc := range tests {
		c, err := VerifyToken(tc.token, time.Unix(1000, 0), TokenOptions{Keys: tc.keys})
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: VerifyToken = %+v, %v, want %q", tc.name, c, err, tc.want)
		}
	}
}

func TestTokenClaims(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	keys, err := ParseTokenKeys("k", s.secret)
	if err != nil {
		t.Fatal(err)
	}
	o := TokenOptions{Keys: keys}
	strict := TokenOptions{Keys: keys, Issuer: "me", Audience: "broker", Leeway: time.Second}
	tests := []struct {
		name, claims string
		o            TokenOptions
		user, want   string
	}{
		{"sub", `{"sub":"a","exp":1000.5}`, o, "a", ""},
		{"username before sub", `{"sub":"a","username":"b","exp":2000}`, o, "b", ""},
		{"within leeway", `{"sub":"a","exp":971,"nbf":1030,"iat":1030}`, o, "a", ""},
		{"expired", `{"sub":"a","exp":970}`, o, "", "expired at 1970-01-01T00:16:10Z"},
		{"expired long ago", `{"sub":"a","exp":0}`, o, "", "expired at 1970-01-01T00:00:00Z"},
		{"too early", `{"sub":"a","exp":2000,"nbf":1031}`, o, "", "not valid before 1970-01-01T00:17:11Z"},
		{"from the future", `{"sub":"a","exp":2000,"iat":1031}`, o, "", "issued in the future, at 1970-01-01T00:17:11Z"},
		{"exp is text", `{"sub":"a","exp":"2000"}`, o, "", "exp is not a time"},
		{"exp is null", `{"sub":"a","exp":null}`, o, "", "exp is not a time"},
		{"exp is huge", `{"sub":"a","exp":1e300}`, o, "", "exp is not a time"},
		{"EXP", `{"sub":"a","EXP":2000}`, o, "", "has no expiry (exp)"},
		{"eternal", `{"sub":"a"}`, TokenOptions{Keys: keys, Eternal: true}, "a", ""},
		{"nobody", `{"exp":2000}`, o, "", "names no user (username or sub)"},
		{"empty name", `{"username":"","sub":"a","exp":2000}`, o, "", "username: the user name is empty"},
		{"name is a number", `{"sub":7,"exp":2000}`, o, "", "sub is not text"},
		{"not an object", `[1]`, o, "", "claims: not a JSON object"},
		{"null", `null`, o, "", "claims: not a JSON object"},
		{"parties", `{"sub":"a","exp":2000,"iss":"me","aud":["x","broker"]}`, strict, "a", ""},
		{"one audience", `{"sub":"a","exp":2000,"iss":"me","aud":"broker"}`, strict, "a", ""},
		{"other issuer", `{"sub":"a","exp":2000,"iss":"you","aud":"broker"}`, strict, "", "is from another issuer (iss)"},
		{"no issuer", `{"sub":"a","exp":2000,"aud":"broker"}`, strict, "", "is from another issuer (iss)"},
		{"other audience", `{"sub":"a","exp":2000,"iss":"me","aud":["x"]}`, strict, "", "is for another audience (aud)"},
		{"no audience", `{"sub":"a","exp":2000,"iss":"me"}`, strict, "", "is for another audience (aud)"},
		{"acl and mqtt", `{"sub":"a","exp":2000,"acl":[],"mqtt":{}}`, o, "", "has both acl and mqtt"},
		{"acl of something else", `{"sub":"a","exp":2000,"acl":7}`, o, "", "acl: not an object of two lists of topic filters, pub and sub"},
		{"acl null", `{"sub":"a","exp":2000,"acl":null}`, o, "", "acl: not an object of two lists of topic filters, pub and sub"},
		{"unknown list", `{"sub":"a","exp":2000,"mqtt":{"deny":["#"]}}`, o, "", `mqtt: "deny" is neither pub nor sub`},
		{"wrong filter", `{"sub":"a","exp":2000,"mqtt":{"pub":["a","b#"]}}`, o, "", `mqtt: pub 2: topic "b#" has a # that is not the whole last level`},
		{"wrong rule", `{"sub":"a","exp":2000,"acl":["allow a"]}`, o, "", `acl: rule 1: access "allow": not one of read, write, readwrite, deny`},
	}
	for _, tc := range tests {
		c, err := VerifyToken(s.token(t, "HS256", headerOf("HS256"), tc.claims), time.Unix(1000, 0), tc.o)
		user, msg := "", ""
		if err != nil {
			msg = err.Error()
		} else {
			user = c.User
		}
		if user != tc.user || msg != tc.want {
			t.Errorf("%s: VerifyToken(%s) = %q, %q, want %q, %q", tc.name, tc.claims, user, msg, tc.user, tc.want)
		}
	}
}

func TestTokenACL(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	keys, err := ParseTokenKeys("k", s.secret)
	if err != nil {
		t.Fatal(err)
	}
	who := Subject{"c1", "alice", true}
	tests := []struct {
		claim, topic string
		read, write  Decision
	}{
		{`"mqtt":{"pub":["x","own/%c/#"],"sub":["u/%u"]}`, "own/c1/x", Decision{}, Decision{true, 2}},
		{`"acl":{"pub":["own/%c/#"],"sub":["u/%u"]}`, "u/alice", Decision{true, 1}, Decision{}},
		{`"acl":{"sub":["#"]}`, "a", Decision{true, 1}, Decision{}},
		{`"acl":["readwrite a/#","deny a/%u"]`, "a/b", Decision{true, 1}, Decision{true, 1}},
		{`"acl":["readwrite a/#","deny a/%u"]`, "a/alice", Decision{false, 2}, Decision{false, 2}},
		{`"acl":[]`, "a", Decision{}, Decision{}},
		{`"mqtt":{}`, "a", Decision{}, Decision{}},
	}
	for _, tc := range tests {
		c, err := VerifyToken(s.token(t, "HS256", headerOf("HS256"), `{"sub":"alice","exp":2000,`+tc.claim+`}`), time.Unix(1000, 0), TokenOptions{Keys: keys})
		if err != nil {
			t.Errorf("%s: %v", tc.claim, err)
			continue
		}
		if r, w := c.ACL.Read(who, tc.topic), c.ACL.Write(who, tc.topic); r != tc.read || w != tc.write {
			t.Errorf("%s: %q: Read = %+v, Write = %+v, want %+v, %+v", tc.claim, tc.topic, r, w, tc.read, tc.write)
		}
	}
	c, err := VerifyToken(s.token(t, "HS256", headerOf("HS256"), `{"sub":"a","exp":2000}`), time.Unix(1000, 0), TokenOptions{Keys: keys})
	if err != nil || c.ACL != nil {
		t.Errorf("without a claim: ACL = %v, %v, want nil", c.ACL, err)
	}
}

func TestTokenKeys(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	rs, es := s.file(t, "RS256"), s.file(t, "ES256")
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(s.ed)
	if err != nil {
		t.Fatal(err)
	}
	hs := tokenVectors[0].key
	tests := []struct {
		name, text string
		n          int
		want       string
	}{
		{"two PEM blocks", string(rs) + "\n" + string(es), 2, ""},
		{"secret of 32 bytes", strings.Repeat("x", 32) + "\r\n", 1, ""},
		{"set", `{"keys":[` + tokenVectors[1].key + `,{"kty":"oct","use":"enc","k":"AA"},{"kty":"new"},` + tokenVectors[4].key + `]}`, 2, ""},
		{"with its algorithm", strings.Replace(hs, "{", `{"alg":"HS512","kid":"1","use":"sig",`, 1), 1, ""},
		{"empty", "", 0, "k: the secret has 0 bytes, less than 32"},
		{"short secret", strings.Repeat("x", 31) + "\n", 0, "k: the secret has 31 bytes, less than 32"},
		{"small RSA key", string(pemOf(t, small.Public())), 0, "k: the RSA key has 1024 bits, not 2048 to 16384"},
		{"private key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), 0, "k: this is a private key\nhint: give the public key; \"openssl pkey -pubout\" makes it"},
		{"damaged", string(rs[:len(rs)-10]), 0, "k: the PEM text is damaged"},
		{"trailing text", string(rs) + "x", 0, "k: the PEM text is damaged"},
		{"other curve", string(pemOf(t, mustEC(t, elliptic.P224()).Public())), 1, ""}, // fits no algorithm
		{"other algorithm", strings.Replace(hs, "{", `{"alg":"RS256",`, 1), 0, `k: alg "RS256" does not fit the key`},
		{"point off the curve", strings.Replace(tokenVectors[2].key, `"y":"x_`, `"y":"y_`, 1), 0, "k: P256 point not on curve"},
		{"no useful key", `{"keys":[]}`, 0, "k: the set has no key that can verify tokens"},
		{"one key of another kind", `{"kty":"new"}`, 0, "k: " + errOtherKey.Error()},
	}
	for _, tc := range tests {
		k, err := ParseTokenKeys("k", []byte(tc.text))
		if tc.want != "" {
			if err == nil || err.Error() != tc.want && tc.name != "point off the curve" {
				t.Errorf("%s: ParseTokenKeys = %v, want %q", tc.name, err, tc.want)
			}
			continue
		}
		if err != nil || len(k.keys) != tc.n {
			t.Errorf("%s: ParseTokenKeys = %v, %v, want %d keys", tc.name, k, err, tc.n)
		}
	}
}

func mustEC(t *testing.T, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTextSecret(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"secret\r\n": "secret", "secret\n\n": "secret\n\n", "\xff\n": "\xff\n", "a\x01\n": "a\x01\n", "ä\n": "ä", "x": "x"} {
		if got := string(textSecret([]byte(in))); got != want {
			t.Errorf("textSecret(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTokenKeyIDs(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	oct := func(kid string, secret []byte) string {
		return `{"kty":"oct","kid":"` + kid + `","k":"` + rawURL(secret) + `"}`
	}
	keys, err := ParseTokenKeys("k", []byte(`{"keys":[`+oct("old", random(64))+","+oct("new", s.secret)+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	for kid, want := range map[string]string{"new": "", "old": errSignature.Error(), "other": `no key for algorithm "HS256"`} {
		header := `{"alg":"HS256","kid":"` + kid + `"}`
		_, err := VerifyToken(s.token(t, "HS256", header, `{"sub":"a","exp":2000}`), time.Unix(1000, 0), TokenOptions{Keys: keys})
		if got := errorText(err); got != want {
			t.Errorf("kid %q: VerifyToken = %q, want %q", kid, got, want)
		}
	}
	if _, err := VerifyToken(s.token(t, "HS256", headerOf("HS256"), `{"sub":"a","exp":2000}`), time.Unix(1000, 0), TokenOptions{Keys: keys}); err != nil {
		t.Errorf("without kid: %v, want every key to be tried", err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestLooksLikeToken(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]bool{
		tokenVectors[0].token: true, "ey.a.b": false, "a.b.c": false, "": false,
		rawURL([]byte(`{"alg":1}`)) + ".x.y": true, rawURL([]byte(`{"al":1}`)) + ".x.y": false,
		rawURL([]byte(`{"alg":1}`)) + "." + strings.Repeat("x", maxToken) + ".": false,
	} {
		if got := looksLikeToken([]byte(password)); got != want {
			t.Errorf("looksLikeToken(%.40q) = %t, want %t", password, got, want)
		}
	}
}

// FuzzVerifyToken checks that only tokens which are byte for byte what was
// signed are accepted.
func FuzzVerifyToken(f *testing.F) {
	s := &signers{secret: []byte(strings.Repeat("s", 64))}
	good := s.token(f, "HS256", headerOf("HS256"), `{"sub":"alice","exp":2000,"acl":{"pub":["a/%u"]}}`)
	f.Add(good)
	for _, tc := range tokenVectors {
		f.Add(tc.token)
	}
	keys := &TokenKeys{keys: []tokenKey{{public: hmacKey(s.secret)}}}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := VerifyToken(token, time.Unix(1000, 0), TokenOptions{Keys: keys})
		if err == nil && token != good {
			t.Errorf("VerifyToken(%q) = %+v", token, c)
		}
		if (err == nil) && !looksLikeToken([]byte(token)) {
			t.Errorf("%q does not look like a token", token)
		}
	})
}

// FuzzTokenClaims feeds claims past the signature.
func FuzzTokenClaims(f *testing.F) {
	f.Add(`{"sub":"alice","exp":2000,"acl":{"pub":["a/%u"]}}`)
	f.Add(`{"sub":"alice","exp":1e9,"nbf":1,"aud":["x"],"acl":["read a/#","deny %c"]}`)
	f.Fuzz(func(t *testing.T, claims string) {
		m, err := object(rawURL([]byte(claims)))
		if err != nil {
			return
		}
		c, err := (&TokenOptions{Audience: "x"}).claims(m, time.Unix(1000, 0))
		if err != nil {
			return
		}
		if c.User == "" || c.Expires.IsZero() || !c.Expires.After(time.Unix(900, 0)) {
			t.Errorf("claims(%s) = %+v", claims, c)
		}
		if c.ACL != nil {
			c.ACL.Read(Subject{"c", c.User, true}, "a/b")
		}
	})
}

// FuzzParseTokenKeys checks that a key that is accepted can be used.
func FuzzParseTokenKeys(f *testing.F) {
	for _, tc := range tokenVectors {
		f.Add([]byte(tc.key))
		f.Add([]byte(`{"keys":[` + tc.key + `]}`))
	}
	f.Add(pemOf(f, ed25519.PublicKey(make([]byte, 32))))
	names := slices.Sorted(maps.Keys(algorithms))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseTokenKeys("k", text)
		if err != nil {
			return
		}
		for _, alg := range names {
			header := map[string]json.RawMessage{"alg": json.RawMessage(`"` + alg + `"`)}
			if err := k.check(header, []byte("x"), []byte{0}); err == nil {
				t.Errorf("key %q verifies a signature of one byte by %s", text, alg)
			}
		}
	})
}
