package auth

import (
	"errors"
	"strings"
	"testing"

	"mqt/internal/scram"
)

// The exchange of RFC 7677 section 3.
const (
	rfcClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
	rfcServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	rfcClientFinal = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	rfcServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
	rfcServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
)

func rfcUsers(t testing.TB) *Passwords {
	t.Helper()
	const entry = "$scram-sha-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
	p, err := ParsePasswords("f", []byte("user:"+entry+"\nplain:"+quick(t, "pencil")+"\na,b=c:"+entry+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestScramVectors(t *testing.T) {
	t.Parallel()
	s, got, err := beginScram(rfcUsers(t), []byte(rfcClientFirst), rfcServerNonce)
	if string(got) != rfcServerFirst || err != nil {
		t.Fatalf("beginScram = %q, %v, want %q", got, err, rfcServerFirst)
	}
	proof, err := s.finish([]byte(rfcClientFinal))
	if string(proof) != rfcServerFinal || err != nil {
		t.Fatalf("finish = %q, %v, want %q", proof, err, rfcServerFinal)
	}
}

// exchangeScram runs both sides, and returns the server's error or the client's.
func exchangeScram(p *Passwords, user, password string) error {
	c := &ClientExchange{User: user, Password: []byte(password)}
	s, reply, err := beginScram(p, c.Start(), scram.NewNonce())
	if err != nil {
		return err
	}
	final, _, err := c.Next(reply)
	if err != nil {
		return err
	}
	proof, err := s.finish(final)
	if err != nil {
		return err
	}
	_, done, err := c.Next(proof)
	if err == nil && !done {
		err = errors.New("not done")
	}
	return err
}

func TestScramUsers(t *testing.T) {
	t.Parallel()
	p := rfcUsers(t)
	tests := []struct {
		user, password string
		want           error
	}{
		{"user", "pencil", nil},
		{"a,b=c", "pencil", nil},
		{"user", "pen", errBadPassword},
		{"nobody", "pencil", errBadPassword},
		{"nobody", "", errBadPassword},
		{"plain", "pencil", errBadPassword}, // has no SCRAM entry
	}
	for _, tc := range tests {
		if err := exchangeScram(p, tc.user, tc.password); !errors.Is(err, tc.want) {
			t.Errorf("exchange of %q with %q = %v, want %v", tc.user, tc.password, err, tc.want)
		}
	}
}

// A user is the same in every form of Unicode that looks the same, and is then
// called as in the file, which rights are given by.
func TestScramPrepares(t *testing.T) {
	t.Parallel()
	hash, err := Hash([]byte("schlu\u0308ssel"), HashOptions{Scheme: ScramSHA256, Iterations: minScramIterations})
	if err != nil {
		t.Fatal(err)
	}
	const composed, decomposed, ring, angstrom = "J\u00fcrgen", "Ju\u0308rgen", "\u00c5sa", "\u212bsa"
	p, err := ParsePasswords("f", []byte(decomposed+":"+hash+"\n"+ring+":"+hash+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]string{composed: decomposed, decomposed: decomposed, ring: ring, angstrom: ring} {
		if err := exchangeScram(p, user, "schl\u00fcssel"); err != nil {
			t.Errorf("exchange of %q = %v", user, err)
		}
		// As a client sends it that does not prepare names.
		if s, _, err := beginScram(p, []byte("n,,n="+user+",r=x"), "y"); err != nil || s.user != want {
			t.Errorf("%q is the user %q, %v, want %q", user, s.user, err, want)
		}
	}
	if err := exchangeScram(p, composed, "schlussel"); !errors.Is(err, errBadPassword) {
		t.Errorf("exchange with another password = %v, want %v", err, errBadPassword)
	}
}

// TestScramHidesUsers checks that the first reply does not tell who exists.
func TestScramHidesUsers(t *testing.T) {
	t.Parallel()
	p := rfcUsers(t)
	first := func(user string) string {
		_, got, err := beginScram(p, []byte("n,,n="+user+",r=x"), "y")
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	nobody, user := first("nobody"), first("user")
	if len(nobody) != len(user) || nobody[len(nobody)-6:] != user[len(user)-6:] {
		t.Errorf("replies differ in form: %q and %q", nobody, user)
	}
	if nobody != first("nobody") || nobody == first("nobody2") {
		t.Errorf("the salt of who does not exist is not steady, or the same for all")
	}
}

func TestScramServerRefuses(t *testing.T) {
	t.Parallel()
	p := rfcUsers(t)
	for _, first := range []string{"", "n", "n,", "n,,", "n,,n=user", "n,,r=x,n=user", "n,,m=x,n=user,r=x", "x,,n=user,r=x", "n,a=admin,n=user,r=x",
		"p=tls-unique,,n=user,r=x", "n,,n=us=er,r=x", "n,,n=us=2cer,r=x", "n,,n=,r=x", "n,,n=user,r=", "n,,n=user,r=\x00", "n,,n=\xff,r=x",
		"n,,n=user,r=" + strings.Repeat("x", 2000)} {
		if _, got, err := beginScram(p, []byte(first), "y"); err == nil {
			t.Errorf("beginScram(%q) = %q, want an error", first, got)
		}
	}
	for _, final := range []string{"", rfcServerFinal,
		strings.Replace(rfcClientFinal, "biws", "eSws", 1), // "y,,"
		strings.Replace(rfcClientFinal, "r=r", "r=R", 1),
		strings.Replace(rfcClientFinal, "k0,", "k0x,", 1),
		strings.TrimSuffix(rfcClientFinal, "="),
		strings.Replace(rfcClientFinal, "p=dH", "p=dG", 1),
		strings.Replace(rfcClientFinal, "p=", "p=\n", 1),
		strings.Replace(rfcClientFinal, "VQ=", "VR=", 1), // the same bytes
		rfcClientFinal + ",x=y",
		rfcClientFinal[:strings.Index(rfcClientFinal, "p=")] + "p=",
	} {
		s, _, err := beginScram(p, []byte(rfcClientFirst), rfcServerNonce)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.finish([]byte(final)); err == nil {
			t.Errorf("finish(%q) = %q, want an error", final, got)
		}
	}
}

// FuzzScramServer checks that nobody gets in without the password.
func FuzzScramServer(f *testing.F) {
	f.Add(rfcClientFirst, rfcClientFinal)
	f.Add("y,,n=a=2Cb=3Dc,r=x,ext=1", "c=eSws,r=xy,ext=1,p="+b64(32))
	p := rfcUsers(f)
	f.Fuzz(func(t *testing.T, first, final string) {
		s, _, err := beginScram(p, []byte(first), rfcServerNonce)
		if err != nil {
			return
		}
		if got, err := s.finish([]byte(final)); err == nil && (first != rfcClientFirst || final != rfcClientFinal) {
			t.Errorf("%q, %q: %q", first, final, got)
		}
	})
}
