package auth

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
)

// quick is a hash that costs nothing.
func quick(t testing.TB, password string) string {
	t.Helper()
	hash, err := Hash([]byte(password), HashOptions{Scheme: PBKDF2, Iterations: 1})
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestParsePasswords(t *testing.T) {
	t.Parallel()
	h := "$6$" + b64(12) + "$" + b64(64)
	tests := []struct {
		name, text string
		users      []string
		want       string // of the error
	}{
		{"empty", "", nil, ""},
		{"comments and lines without a colon", "# a:b\n\nnothing\na:" + h + "\n", []string{"a"}, ""},
		{"blanks are cut off", " a b \t:\t" + h + " \r\n", []string{"a b"}, ""},
		{"the hash ends at a colon", "a:" + h + ":more:\nb:" + h, []string{"a", "b"}, ""},
		{"an indented # is a name", " #a:" + h, []string{"#a"}, ""},
		{"longest name", strings.Repeat("a", maxUser) + ":" + h, []string{strings.Repeat("a", maxUser)}, ""},
		{"name too long", strings.Repeat("a", maxUser+1) + ":" + h, nil, "f:1: the user name is longer than 65535 bytes"},
		{"empty name", "a:" + h + "\n :" + h, nil, "f:2: the user name is empty"},
		{"not UTF-8", "\xff:" + h, nil, "f:1: the user name is not valid UTF-8"},
		{"twice", "a:" + h + "\n#\na :" + h, nil, `f:3: user "a" is already on line 1`},
		{"plain", "a:" + h + "\nb:secret\n", nil, `f:2: user "b": the password is not hashed`},
		{"no password", "a:\n", nil, `f:1: user "a": the password is not hashed`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := ParsePasswords("f", []byte(tc.text))
			if err != nil || tc.want != "" {
				if err == nil || err.Error() != tc.want {
					t.Fatalf("ParsePasswords = %v, want %q", err, tc.want)
				}
				return
			}
			for _, u := range tc.users {
				if !p.Has(u) {
					t.Errorf("user %.20q is missing", u)
				}
			}
			if p.Len() != len(tc.users) {
				t.Errorf("Len() = %d, want %d", p.Len(), len(tc.users))
			}
		})
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	scram, err := Hash([]byte("four"), HashOptions{Scheme: ScramSHA256, Iterations: minScramIterations})
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePasswords("f", []byte("a:"+quick(t, "one")+"\nb:"+quick(t, "two")+"\ns:"+scram+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(time.Now)
	tests := []struct {
		user, password string
		want           error
	}{
		{"a", "one", nil}, {"a", "one", nil}, {"b", "two", nil}, {"s", "four", nil},
		{"a", "two", errBadPassword}, {"a", "", errBadPassword}, {"c", "one", errBadPassword}, {"", "", errBadPassword},
	}
	for _, tc := range tests {
		if err := v.verify(t.Context(), p, tc.user, []byte(tc.password)); !errors.Is(err, tc.want) {
			t.Errorf("verify(%q, %q) = %v, want %v", tc.user, tc.password, err, tc.want)
		}
	}
	none := &Passwords{}
	if err := v.verify(t.Context(), none, "a", nil); !errors.Is(err, errBadPassword) {
		t.Errorf("verify without users = %v, want %v", err, errBadPassword)
	}
}

// counting counts how often it is checked.
type counting struct {
	secret
	n       *int
	entered chan struct{} // not nil: receives when a check starts
	leave   chan struct{} // and a check ends when this is closed
}

func (c counting) matches(password []byte) bool {
	*c.n++
	if c.entered != nil {
		c.entered <- struct{}{}
		<-c.leave
	}
	return c.secret.matches(password)
}

func TestVerifyRemembersSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := parseSecret(quick(t, "one"))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		p := &Passwords{users: map[string]secret{"a": counting{secret: s, n: &n}}}
		v := newVerifier(time.Now)
		check := func(password string, want int) {
			t.Helper()
			_ = v.verify(t.Context(), p, "a", []byte(password))
			if n != want {
				t.Errorf("after verify(%q): %d checks, want %d", password, n, want)
			}
		}
		check("one", 1)
		check("one", 1)
		check("two", 2)
		check("two", 3) // only success is remembered
		time.Sleep(successFor)
		check("one", 4)
	})
}

func TestVerifyIsBounded(t *testing.T) {
	t.Parallel()
	s, err := parseSecret(quick(t, "one"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	slow := counting{secret: s, n: &n, entered: make(chan struct{}), leave: make(chan struct{})}
	p := &Passwords{users: map[string]secret{"a": slow}}
	v := newVerifier(time.Now)
	v.slot = make(chan struct{}, 1)
	done := make(chan error)
	go func() { done <- v.verify(t.Context(), p, "a", []byte("one")) }()
	<-slow.entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var re *mqtt.ReasonError
	if err := v.verify(ctx, p, "a", []byte("one")); !errors.As(err, &re) || re.Code != mqtt.ServerBusy {
		t.Errorf("verify while all slots are taken = %v, want server busy", err)
	}
	close(slow.leave)
	if err := <-done; err != nil || n != 1 {
		t.Errorf("the first verify = %v after %d checks, want nil after 1", err, n)
	}
}

func TestRememberIsBounded(t *testing.T) {
	t.Parallel()
	v := newVerifier(time.Now)
	for i := range maxSuccesses + 10 {
		v.remember([32]byte{byte(i), byte(i >> 8)})
	}
	if len(v.right) != 10 {
		t.Errorf("%d successes are remembered, want 10", len(v.right))
	}
}

func TestPasswordFileEdit(t *testing.T) {
	t.Parallel()
	h, h2 := quick(t, "one"), quick(t, "two")
	name := filepath.Join(t.TempDir(), "pw")
	before := "# users\na:" + h + ":x\n\nb:" + h + "\nlast:" + h
	if err := os.WriteFile(name, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	f, err := ReadPasswordFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Set("b", h2); err != nil {
		t.Fatal(err)
	}
	if err := f.Set("new", h2); err != nil {
		t.Fatal(err)
	}
	if !f.Delete("a") || f.Delete("a") || f.Delete("") {
		t.Error("Delete does not report whether there was a user")
	}
	if err := f.Write(name); err != nil {
		t.Fatal(err)
	}
	want := "# users\n\nb:" + h2 + "\nlast:" + h + "\nnew:" + h2 + "\n"
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("file = %q, %v, want %q", got, err, want)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".*")); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestPasswordFileMode(t *testing.T) {
	t.Parallel()
	if os.PathSeparator == '\\' {
		t.Skip("there are no modes here")
	}
	dir := t.TempDir()
	tests := []struct {
		name      string
		old, want os.FileMode
	}{{"new", 0, 0o600}, {"private", 0o600, 0o600}, {"group", 0o640, 0o640}, {"world", 0o644, 0o640}}
	for _, tc := range tests {
		name := filepath.Join(dir, tc.name)
		if tc.old != 0 {
			if err := os.WriteFile(name, nil, tc.old); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(name, tc.old); err != nil {
				t.Fatal(err)
			}
		}
		if err := (&PasswordFile{}).Write(name); err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(name); err != nil || st.Mode().Perm() != tc.want {
			t.Errorf("%s: mode = %v, %v, want %v", tc.name, st.Mode(), err, tc.want)
		}
	}
}

func TestPasswordFileFollowsLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	f := &PasswordFile{}
	if err := f.Set("a", "$x"); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(link); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "a:$x\n" {
		t.Errorf("target = %q, %v, want the entry", got, err)
	}
	if st, err := os.Lstat(link); err != nil || st.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v, want a link still", st.Mode(), err)
	}
}

func TestHashPlain(t *testing.T) {
	t.Parallel()
	h := quick(t, "one")
	name := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(name, []byte("# c\na:secret:x\nb:"+h+"\nc: $7$not a hash \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := ReadPasswordFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.HashPlain(HashOptions{Scheme: PBKDF2, Iterations: 1}); n != 2 || err != nil {
		t.Fatalf("HashPlain = %d, %v, want 2, nil", n, err)
	}
	if err := f.Write(name); err != nil {
		t.Fatal(err)
	}
	p, err := LoadPasswords(name)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(time.Now)
	for user, password := range map[string]string{"a": "secret:x", "b": "one", "c": "$7$not a hash"} {
		if err := v.verify(t.Context(), p, user, []byte(password)); err != nil {
			t.Errorf("user %q, password %q: %v", user, password, err)
		}
	}
}

func TestCheckUser(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]bool{"a": true, "a b": true, "ä/+#": true, "": false, "a:b": false, "#a": false,
		" a": false, "a\n": false, "a\x00": false, "\xff": false, "a\x1b[0m": false, strings.Repeat("x", maxUser+1): false} {
		if got := CheckUser(user) == nil; got != want {
			t.Errorf("CheckUser(%.20q) allows: %t, want %t", user, got, want)
		}
	}
}

func TestReadPasswordFileRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for text, want := range map[string]string{"a:x\n:y\n": ":2: the user name is empty", "a:x\nb:y\na:z": `:3: user "a" is there twice`} {
		name := filepath.Join(dir, "pw")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPasswordFile(name); err == nil || err.Error() != name+want {
			t.Errorf("ReadPasswordFile of %q = %v, want %q", text, err, name+want)
		}
	}
	if _, err := ReadPasswordFile(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReadPasswordFile of no file = %v", err)
	}
}

// FuzzParsePasswords checks that a file that is accepted can be edited, and
// that editing changes nothing else.
func FuzzParsePasswords(f *testing.F) {
	f.Add([]byte("# c\na:" + quick(f, "x") + "\nb :" + hashVectors[0].hash + ":\n"))
	f.Add([]byte("a:b\na:c"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePasswords("f", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("error %q does not name file and line", err)
			}
			return
		}
		if p.Len() > bytes.Count(text, []byte(":")) {
			t.Errorf("%d users in %q", p.Len(), text)
		}
		for user := range p.users {
			if user == "" || len(user) > maxUser {
				t.Errorf("user %q in %q", user, text)
			}
		}
	})
}
