package auth

import (
	"encoding/base64"
	"strings"
	"testing"
)

// hashVectors come from elsewhere: mosquitto_passwd 2.0.11, libsodium
// and RFC 7677.
var hashVectors = []struct {
	name, password, hash string
}{
	{"mosquitto_passwd -H sha512", "secret", "$6$nNqkLo7sIJnzow3C$8nPrkGF6Ssl7Y1Kaj28QmN33tsz3Z7wgoAG1au60hjS6laGb+dBML7+U9vh0MTD4lunMpm8cQsqJUymrOiMX6w=="},
	{"mosquitto_passwd -H sha512-pbkdf2", "secret", "$7$101$tisiXdb55vKo2RRy$7hkXy8Me7F4mVMMgOCwMjwlfiQ+Z6VO5baeUqKkqumLEwkbPrM8v2xJTWNuAORzZLBxQsIvsbjRlzHZUtFHyhw=="},
	{"libsodium, from the PHP manual", "password", "$argon2id$v=19$m=65536,t=2,p=1$oWIfdaXwWwhVmovOBc2NAQ$EbsZ+JnZyyavkafS0hoc4HdaOB0ILWZESAZ7kVGa+Iw"},
	{"RFC 7677", "pencil", "$scram-sha-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="},
}

func TestHashVectors(t *testing.T) {
	t.Parallel()
	for _, tc := range hashVectors {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := parseSecret(tc.hash)
			if err != nil {
				t.Fatal(err)
			}
			if !s.matches([]byte(tc.password)) {
				t.Errorf("matches(%q) = false, want true", tc.password)
			}
			if s.matches([]byte(tc.password+"x")) || s.matches(nil) || s.decoy().matches([]byte(tc.password)) {
				t.Errorf("a wrong password, none, or a decoy matches")
			}
			if got := s.String(); got != tc.hash {
				t.Errorf("String() = %q, want %q", got, tc.hash)
			}
		})
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		o      HashOptions
		prefix string
	}{
		{"default", HashOptions{}, "$argon2id$v=19$m=47104,t=1,p=1$"},
		{"argon2id with passes", HashOptions{Scheme: Argon2id, Iterations: 2}, "$argon2id$v=19$m=47104,t=2,p=1$"},
		{"pbkdf2", HashOptions{Scheme: PBKDF2}, "$7$1000$"},
		{"pbkdf2 with iterations", HashOptions{Scheme: PBKDF2, Iterations: 101}, "$7$101$"},
		{"sha512", HashOptions{Scheme: SHA512}, "$6$"},
		{"scram", HashOptions{Scheme: ScramSHA256}, "$scram-sha-256$15000$"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, err := Hash([]byte("pässword"), tc.o)
			if err != nil {
				t.Fatal(err)
			}
			b, err := Hash([]byte("pässword"), tc.o)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(a, tc.prefix) || a == b {
				t.Errorf("Hash = %q, then %q, want two that begin with %q", a, b, tc.prefix)
			}
			s, err := parseSecret(a)
			if err != nil {
				t.Fatal(err)
			}
			if !s.matches([]byte("pässword")) || s.matches([]byte("password")) {
				t.Errorf("%q matches what it should not, or does not match what it should", a)
			}
		})
	}
}

func TestHashRefuses(t *testing.T) {
	t.Parallel()
	for _, o := range []HashOptions{
		{Scheme: "md5"},
		{Iterations: -1},
		{Scheme: PBKDF2, Iterations: maxIterations + 1},
		{Scheme: SHA512, Iterations: 5},
		{Scheme: Argon2id, Iterations: maxArgonPasses + 1},
		{Scheme: ScramSHA256, Iterations: minScramIterations - 1},
	} {
		if got, err := Hash([]byte("x"), o); err == nil {
			t.Errorf("Hash(%+v) = %q, want an error", o, got)
		}
	}
}

func b64(n int) string    { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
func rawB64(n int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }

func TestParseSecretRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"empty", "", "the password is not hashed"},
		{"plain", "secret", "the password is not hashed"},
		{"unknown", "$5$a$b", "the hash is of an unknown scheme"},
		{"sha512 short", "$6$" + b64(12), errHashForm.Error()},
		{"sha512 long", "$6$" + b64(12) + "$" + b64(64) + "$", errHashForm.Error()},
		{"sha512 salt length", "$6$" + b64(16) + "$" + b64(64), "the salt has 16 bytes, not 12 or 64"},
		{"sha512 salt", "$6$***$" + b64(64), "the salt is not base64"},
		{"sha512 without padding", "$6$" + b64(12) + "$" + rawB64(64), "the hash is not base64"},
		{"sha512 hash length", "$6$" + b64(12) + "$" + b64(63), "the hash has 63 bytes, not 64"},
		{"pbkdf2 zero", "$7$0$" + b64(12) + "$" + b64(64), "the number of iterations is not between 1 and 10000000"},
		{"pbkdf2 huge", "$7$99999999999999999999$" + b64(12) + "$" + b64(64), "the number of iterations is not between 1 and 10000000"},
		{"pbkdf2 hash", "$7$1$" + b64(64) + "$" + b64(32), "the hash has 32 bytes, not 64"},
		{"argon version", "$argon2id$v=16$m=64,t=1,p=1$" + rawB64(16) + "$" + rawB64(32), "the hash is not of argon2 version 19"},
		{"argon without version", "$argon2id$m=64,t=1,p=1$" + rawB64(16) + "$" + rawB64(32), errHashForm.Error()},
		{"argon order", "$argon2id$v=19$t=1,m=64,p=1$" + rawB64(16) + "$" + rawB64(32), "the cost of argon2id is not of the form m=,t=,p="},
		{"argon memory", "$argon2id$v=19$m=4294967295,t=1,p=1$" + rawB64(16) + "$" + rawB64(32), "the cost of argon2id is out of range"},
		{"argon no passes", "$argon2id$v=19$m=64,t=0,p=1$" + rawB64(16) + "$" + rawB64(32), "the cost of argon2id is out of range"},
		{"argon too many threads", "$argon2id$v=19$m=64,t=1,p=9$" + rawB64(16) + "$" + rawB64(32), "the cost of argon2id is out of range"},
		{"argon padding", "$argon2id$v=19$m=64,t=1,p=1$" + b64(16) + "$" + rawB64(32), "the salt is not base64 without padding, or its length is wrong"},
		{"argon empty hash", "$argon2id$v=19$m=64,t=1,p=1$" + rawB64(16) + "$", "the hash is not base64 without padding, or its length is wrong"},
		{"argon2i", "$argon2i$v=19$m=64,t=1,p=1$" + rawB64(16) + "$" + rawB64(32), "the hash is of an unknown scheme"},
		{"scram short", "$scram-sha-256$4096$" + b64(16) + "$" + b64(32), errHashForm.Error()},
		{"scram salt", "$scram-sha-256$4096$" + b64(7) + "$" + b64(32) + "$" + b64(32), "the salt has 7 bytes, not 8 to 512"},
		{"scram key", "$scram-sha-256$4096$" + b64(16) + "$" + b64(31) + "$" + b64(32), "a key of scram-sha-256 does not have 32 bytes"},
	}
	for _, tc := range tests {
		if _, err := parseSecret(tc.text); err == nil || err.Error() != tc.want {
			t.Errorf("%s: parseSecret(%q) = %v, want %q", tc.name, tc.text, err, tc.want)
		}
	}
}

// FuzzParseSecret checks that what is accepted is written back so that it
// means the same.
func FuzzParseSecret(f *testing.F) {
	for _, tc := range hashVectors {
		f.Add(tc.hash)
	}
	f.Add("$argon2id$v=19$m=64,t=1,p=1$" + rawB64(16) + "$" + rawB64(32))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSecret(text)
		if err != nil {
			return
		}
		again, err := parseSecret(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("parseSecret(%q) = %v, and of what that writes %v, %v", text, s, again, err)
		}
	})
}
