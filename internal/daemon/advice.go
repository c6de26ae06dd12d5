package daemon

import (
	"errors"
	"io/fs"
	"strings"
)

// advice is an error with the next step.
type advice struct {
	err  error
	next string
}

// Error returns the error's text and a second line "hint: …".
func (a *advice) Error() string { return a.err.Error() + "\nhint: " + a.next }

// Unwrap returns the error without the next step.
func (a *advice) Unwrap() error { return a.err }

// nextSteps are by what stands in the text of an error. The first one counts.
var nextSteps = [...]struct{ part, next string }{
	{"is in use by", "one broker at a time can use a directory: end the other one, or choose another directory"},
	{"the password is not hashed", "\"mqt passwd FILE USER\" writes an entry that can be used"},
	{"password file:", "\"mqt passwd -c FILE USER\" makes a password file"},
	{"ACL file:", "a line is \"user NAME\", or \"topic\" or \"pattern\" with read, write, readwrite or deny, and a topic filter"},
	{"token key:", "give the public key as PEM or JWK, or a file with the secret"},
	{"TLS:", "give a certificate chain and its private key, both PEM; --tls-dev makes some for development"},
	{"cannot assign requested address", "this machine does not have that address; 0.0.0.0 is all that it has"},
}

// advise adds the next step to an error that has none.
func advise(err error) error {
	if err == nil || strings.Contains(err.Error(), "\nhint: ") {
		return err
	}
	for _, s := range nextSteps {
		if strings.Contains(err.Error(), s.part) {
			return &advice{err, s.next}
		}
	}
	switch {
	case strings.HasPrefix(err.Error(), "open the store"):
		return &advice{err, "\"mqt store check DIR\" says what is wrong with a directory; --salvage starts with what can be read"}
	case errors.Is(err, fs.ErrPermission):
		return &advice{err, "the user that runs the broker needs the right to it"}
	case errors.Is(err, fs.ErrNotExist), errors.As(err, new(*fs.PathError)):
		return &advice{err, "check the path; relative ones begin where the broker was started"}
	}
	return err
}
