package auth

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"mqt/internal/scram"
)

// maxFile is the size of the largest password, ACL or key file that is read.
const maxFile = 64 << 20

// maxUser is the longest user name MQTT can carry, in bytes.
const maxUser = 65535

// blanks are what C calls white space.
const blanks = " \t\n\v\f\r"

// Passwords are the users of a password file, read-only.
type Passwords struct {
	users map[string]secret
	order []secret // in the order of the file
	seed  [sha256.Size]byte
	scram bool // somebody has a SCRAM entry
	// prepared has the users of SCRAM entries that clients name otherwise, in
	// the form of SASLprep.
	prepared map[string]string
}

// LoadPasswords reads a password file, see ParsePasswords.
func LoadPasswords(name string) (*Passwords, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return ParsePasswords(name, text)
}

// ParsePasswords reads the text of mosquitto's password file: a line for each
// user, "name:hash", with $6$, $7$, $argon2id$ or our $scram-sha-256$ hashes.
// Lines that start with # and lines without a colon are skipped. Any other
// line that is wrong fails the whole file; the error begins with "name:line:"
// and never repeats a hash or password.
func ParsePasswords(name string, text []byte) (*Passwords, error) {
	p := &Passwords{users: map[string]secret{}, seed: sha256.Sum256(text)}
	lines := map[string]int{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		user, hash, ok := splitEntry(string(line))
		if !ok {
			continue
		}
		if err := checkUser(user); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		if first := lines[user]; first > 0 {
			return nil, fmt.Errorf("%s:%d: user %q is already on line %d", name, number, user, first)
		}
		s, err := parseSecret(hash)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: user %q: %w", name, number, user, err)
		}
		p.users[user], lines[user] = s, number
		p.order = append(p.order, s)
		if _, ok := s.(scramSecret); ok {
			p.addScram(user)
		}
	}
	return p, nil
}

func (p *Passwords) addScram(user string) {
	p.scram = true
	name, err := scram.Prepare(user)
	if err != nil || name == user {
		return
	}
	if p.prepared == nil {
		p.prepared = map[string]string{}
	}
	if _, twice := p.prepared[name]; !twice { // the first in the file
		p.prepared[name] = user
	}
}

// Len returns the number of users.
func (p *Passwords) Len() int { return len(p.order) }

// Has reports whether there is such a user.
func (p *Passwords) Has(user string) bool {
	_, ok := p.users[user]
	return ok
}

// splitEntry returns user and hash of a line, and whether it is an entry.
func splitEntry(line string) (user, hash string, ok bool) {
	if strings.HasPrefix(line, "#") {
		return "", "", false
	}
	user, rest, ok := strings.Cut(line, ":")
	hash, _, _ = strings.Cut(rest, ":")
	return strings.Trim(user, blanks), strings.Trim(hash, blanks), ok
}

func checkUser(user string) error {
	switch {
	case user == "":
		return errors.New("the user name is empty")
	case len(user) > maxUser:
		return fmt.Errorf("the user name is longer than %d bytes", maxUser)
	case !utf8.ValidString(user) || strings.IndexByte(user, 0) >= 0:
		return errors.New("the user name is not valid UTF-8") // no client could send it
	}
	return nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d MiB", name, maxFile>>20)
	}
	return text, nil
}
