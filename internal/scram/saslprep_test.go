package scram

import (
	"bytes"
	"testing"
)

func TestPrepare(t *testing.T) {
	t.Parallel()
	const refused = "refused"
	tests := []struct{ in, want string }{
		// RFC 4013 section 3.
		{"I\u00adX", "IX"},
		{"user", "user"},
		{"USER", "USER"},
		{"\u00aa", "a"},
		{"\u2168", "IX"},
		{"\x07", refused},
		{"\u06271", refused},

		{"", ""},
		{"a b~", "a b~"},
		{"Ju\u0308rgen", "J\u00fcrgen"},
		{"a\u00a0b\u3000c\u200bd", "a b c d"},
		{"\ufeff\u200d\ufe0f", ""},
		{"\u0627\u0628", "\u0627\u0628"},
		{"\u06271\u0628", "\u06271\u0628"},
		{"\u0627a\u0628", refused},
		{"\u0627 b", refused},
		{"\x7f", refused},
		{"\u0085", refused},
		{"\ue000", refused},
		{"\U0010ffff", refused},
		{"\ufffd", refused},
		{"\u202e", refused},
		{"\U000e0041", refused},
		{"\xff", refused},
		{"👍", "👍"},
	}
	for _, tt := range tests {
		got, err := Prepare(tt.in)
		if err != nil {
			got = refused
		}
		if got != tt.want {
			t.Errorf("Prepare(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Who types ü in another form of Unicode is the same user with the same
// password.
func TestClientPrepares(t *testing.T) {
	t.Parallel()
	exchange := func(user, password string) (first, final []byte) {
		c := &Client{User: user, Password: []byte(password), nonce: rfcNonce}
		first = c.Start()
		final, _, err := c.Next([]byte(rfcServerFirst))
		if err != nil {
			t.Fatal(err)
		}
		return first, final
	}
	first, final := exchange("Ju\u0308rgen", "schlu\u0308ssel\u00ad")
	first2, final2 := exchange("J\u00fcrgen", "schl\u00fcssel")
	if !bytes.Equal(first, first2) || !bytes.Equal(final, final2) {
		t.Errorf("exchanges %q %q and %q %q differ", first, final, first2, final2)
	}
	if _, other := exchange("J\u00fcrgen", "\xff\x00"); bytes.Equal(other, final) {
		t.Error("a password of any bytes is the same as another")
	}
}

// FuzzPrepare checks that what is prepared stays the same.
func FuzzPrepare(f *testing.F) {
	for _, s := range []string{"user", "I\u00adX", "\u2168", "\u0627\u0628", "\u00a0\u0340", "\xff", "\u1e9b\u0323"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := Prepare(s)
		if err != nil {
			return
		}
		if twice, err := Prepare(once); err != nil || twice != once {
			t.Errorf("Prepare(%q) = %q, and of that %q, %v", s, once, twice, err)
		}
	})
}
