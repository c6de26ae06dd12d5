package auth

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// PasswordFile is a password file that is being edited. Comments, blank lines
// and the order of entries are kept. The zero value is an empty file.
type PasswordFile struct {
	lines []entryLine
}

type entryLine struct {
	text string // with its line end, if it had one
	user string // empty: no entry
}

// ReadPasswordFile reads a password file to edit it. Its hashes are not
// checked, so that entries with plain passwords can be read for HashPlain;
// user names are.
func ReadPasswordFile(name string) (*PasswordFile, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	f := &PasswordFile{}
	for line := range bytes.Lines(text) {
		l := entryLine{text: string(line)}
		user, _, ok := splitEntry(l.text)
		if ok {
			err := checkUser(user)
			if err == nil && f.find(user) >= 0 {
				err = fmt.Errorf("user %q is there twice", user)
			}
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, len(f.lines)+1, err)
			}
			l.user = user
		}
		f.lines = append(f.lines, l)
	}
	return f, nil
}

// Set gives a user the hash that Hash returned: in place when the user exists,
// otherwise at the end.
func (f *PasswordFile) Set(user, hash string) error {
	if err := CheckUser(user); err != nil {
		return err
	}
	l := entryLine{text: user + ":" + hash + "\n", user: user}
	if i := f.find(user); i >= 0 {
		f.lines[i] = l
		return nil
	}
	if n := len(f.lines); n > 0 && !strings.HasSuffix(f.lines[n-1].text, "\n") {
		f.lines[n-1].text += "\n"
	}
	f.lines = append(f.lines, l)
	return nil
}

// Delete removes a user and reports whether there was one.
func (f *PasswordFile) Delete(user string) bool {
	i := f.find(user)
	if i < 0 || user == "" {
		return false
	}
	f.lines = append(f.lines[:i], f.lines[i+1:]...)
	return true
}

// HashPlain replaces every password that is not hashed yet, which is the whole
// text after the first colon, by its hash, and returns how many there were. Entries
// that hold a hash already are left alone.
func (f *PasswordFile) HashPlain(o HashOptions) (int, error) {
	n := 0
	for i, l := range f.lines {
		if l.user == "" {
			continue
		}
		_, rest, _ := strings.Cut(l.text, ":")
		password := strings.Trim(rest, blanks)
		if _, hash, _ := splitEntry(l.text); hash != "" {
			if _, err := parseSecret(hash); err == nil {
				continue
			}
		}
		if password == "" {
			return n, fmt.Errorf("line %d: user %q has no password", i+1, l.user)
		}
		hash, err := Hash([]byte(password), o)
		if err != nil {
			return n, err
		}
		if err := f.Set(l.user, hash); err != nil {
			return n, fmt.Errorf("line %d: %w", i+1, err)
		}
		n++
	}
	return n, nil
}

func (f *PasswordFile) find(user string) int {
	for i := range f.lines {
		if f.lines[i].user == user && user != "" {
			return i
		}
	}
	return -1
}

// Write replaces the file of that name in one step, so that a broker that
// reads it sees either the old text or the new. A new file has mode 0600; an
// existing one keeps its owner and group and, but for what others may do, its
// mode.
func (f *PasswordFile) Write(name string) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	err = f.fill(tmp, name)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return err
	}
	return syncDir(filepath.Dir(name))
}

func (f *PasswordFile) fill(tmp *os.File, name string) error {
	for _, l := range f.lines {
		if _, err := tmp.WriteString(l.text); err != nil {
			return err
		}
	}
	if old, err := os.Stat(name); err == nil {
		if err := keepOwner(tmp, old); err != nil {
			return err
		}
	}
	return tmp.Sync()
}

// CheckUser returns why a user name cannot stand in a password file.
func CheckUser(user string) error {
	if err := checkUser(user); err != nil {
		return err
	}
	switch {
	case strings.ContainsRune(user, ':'):
		return errors.New("a user name cannot contain a colon")
	case strings.HasPrefix(user, "#"):
		return errors.New("a user name cannot start with #: the line would be a comment")
	case user != strings.Trim(user, blanks):
		return errors.New("a user name cannot start or end with a space")
	case strings.ContainsFunc(user, unicode.IsControl):
		return errors.New("a user name cannot contain control characters")
	}
	return nil
}
