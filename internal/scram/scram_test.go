package scram

import (
	"errors"
	"strings"
	"testing"
)

// The exchange of RFC 7677 section 3.
const (
	rfcNonce       = "rOprNGfwEbeRWgbNEkqO"
	rfcClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
	rfcServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	rfcClientFinal = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	rfcServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
)

func rfcClient() *Client {
	return &Client{User: "user", Password: []byte("pencil"), nonce: rfcNonce}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	c := rfcClient()
	if got := string(c.Start()); got != rfcClientFirst {
		t.Fatalf("Start() = %q, want %q", got, rfcClientFirst)
	}
	final, done, err := c.Next([]byte(rfcServerFirst))
	if string(final) != rfcClientFinal || done || err != nil {
		t.Fatalf("Next = %q, %t, %v, want %q", final, done, err, rfcClientFinal)
	}
	if reply, done, err := c.Next([]byte(rfcServerFinal)); reply != nil || !done || err != nil {
		t.Errorf("Next = %q, %t, %v, want nil, true, nil", reply, done, err)
	}
	if _, done, err := c.Next([]byte(rfcServerFinal)); done || err == nil {
		t.Errorf("Next after the end = %t, %v, want an error", done, err)
	}
}

func TestClientRefuses(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{
		"empty":                 "",
		"other nonce":           strings.Replace(rfcServerFirst, "r=r", "r=x", 1),
		"our nonce alone":       "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"few iterations":        strings.Replace(rfcServerFirst, "4096", "4095", 1),
		"one iteration":         strings.Replace(rfcServerFirst, "4096", "1", 1),
		"many iterations":       strings.Replace(rfcServerFirst, "4096", "2147483648", 1),
		"one too many":          strings.Replace(rfcServerFirst, "4096", "10000001", 1),
		"negative iterations":   strings.Replace(rfcServerFirst, "4096", "-4096", 1),
		"short salt":            strings.Replace(rfcServerFirst, "W22ZaJ0SNY7soEsUEjb6gQ==", "W22ZaA==", 1),
		"control characters":    strings.Replace(rfcServerFirst, "%hv", "\x1b[m", 1),
		"iterations to the end": strings.Replace(rfcServerFirst, "4096", "99999999999", 1),
		"no salt":               strings.Replace(rfcServerFirst, "W22ZaJ0SNY7soEsUEjb6gQ==", "", 1),
		"salt on two lines":     strings.Replace(rfcServerFirst, "W22Z", "W22Z\n", 1),
		"mandatory extension":   "m=x," + rfcServerFirst,
	} {
		c := rfcClient()
		c.Start()
		if got, done, err := c.Next([]byte(first)); err == nil || done {
			t.Errorf("%s: Next(%q) = %q, %t, %v, want an error", name, first, got, done, err)
		}
		if got, _, err := c.Next([]byte(rfcServerFirst)); err == nil {
			t.Errorf("%s: after the error, Next = %q, want another", name, got)
		}
	}
	for _, proof := range []string{"", "v=", "e=other-error", strings.Replace(rfcServerFinal, "6r", "7r", 1), "v=" + rfcServerFinal, rfcServerFinal + "\n"} {
		c := rfcClient()
		c.Start()
		if _, _, err := c.Next([]byte(rfcServerFirst)); err != nil {
			t.Fatal(err)
		}
		if _, done, err := c.Next([]byte(proof)); !errors.Is(err, ErrImpostor) || done {
			t.Errorf("Next(%q) = %t, %v, want %v", proof, done, err, ErrImpostor)
		}
	}
	if _, _, err := (&Client{}).Next([]byte(rfcServerFirst)); err == nil {
		t.Error("Next before Start succeeds")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, escaped := range map[string]string{"user": "user", "a,b=c": "a=2Cb=3Dc", "=2C": "=3D2C", "": ""} {
		if got := EscapeName(name); got != escaped {
			t.Errorf("EscapeName(%q) = %q, want %q", name, got, escaped)
		}
		if got, err := UnescapeName(escaped); got != name || err != nil {
			t.Errorf("UnescapeName(%q) = %q, %v, want %q", escaped, got, err, name)
		}
	}
	for _, bad := range []string{"=", "a=2c", "a,b"} {
		if got, err := UnescapeName(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("UnescapeName(%q) = %q, %v, want %v", bad, got, err, ErrSyntax)
		}
	}
}

// Two exchanges never begin with the same nonce.
func TestNonceIsFresh(t *testing.T) {
	t.Parallel()
	a, b := (&Client{User: "u"}).Start(), (&Client{User: "u"}).Start()
	if string(a) == string(b) {
		t.Errorf("both exchanges begin with %q", a)
	}
}

// FuzzClient checks that no server is believed that does not know the
// user's keys. The iterations are few, so that it is quick.
func FuzzClient(f *testing.F) {
	f.Add(rfcServerFirst, rfcServerFinal)
	f.Fuzz(func(t *testing.T, first, proof string) {
		if i := strings.LastIndex(first, "i="); i >= 0 && len(first)-i > 6 {
			return
		}
		c := rfcClient()
		c.Start()
		if _, done, err := c.Next([]byte(first)); err != nil || done {
			return
		}
		if _, done, _ := c.Next([]byte(proof)); done && (first != rfcServerFirst || !strings.HasPrefix(proof, rfcServerFinal)) {
			t.Errorf("%q, %q: believed", first, proof)
		}
	})
}
