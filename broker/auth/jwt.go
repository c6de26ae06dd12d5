package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// maxToken is the size of the longest token that is looked at, in bytes.
const maxToken = 16 << 10

// TokenOptions say which tokens are accepted besides being signed.
type TokenOptions struct {
	// Keys verify the signature.
	Keys *TokenKeys
	// Issuer must be the token's iss, and Audience one of its aud, unless
	// empty.
	Issuer, Audience string
	// Leeway is how far the clocks of issuer and broker may differ. 0 is 30
	// seconds.
	Leeway time.Duration
	// Eternal also accepts tokens without an expiry (exp).
	Eternal bool
}

// Claims are what a token says about a client.
type Claims struct {
	// User is the claim username or, without one, sub.
	User string
	// ACL are the rights the token gives instead of those of the ACL file,
	// nil when it says nothing about them. See VerifyToken.
	ACL *ACL
	// Expires is when the token ends; zero when it does not.
	Expires time.Time
}

// looksLikeToken reports whether a password is a token, right or wrong: three
// parts, the first a JSON object that names an algorithm.
func looksLikeToken(password []byte) bool {
	if len(password) > maxToken || !strings.HasPrefix(string(password), "ey") {
		return false
	}
	parts := strings.Split(string(password), ".")
	if len(parts) != 3 {
		return false
	}
	h, err := object(parts[0])
	return err == nil && h["alg"] != nil
}

// VerifyToken checks a JSON Web Token in the compact form: signature, exp, nbf
// and iat at the time now, issuer and audience. The algorithm must belong to
// the kind of key that verifies it.
//
// Rights stand in the claim acl or mqtt, as an object with two lists of topic
// filters, {"pub": ["site/%u/#"], "sub": ["site/#"]}, or in acl as a list of
// the rules of an ACL file without their first word, ["read site/#",
// "deny site/keys"]. %c and %u stand for client identifier and user name. A
// token with neither claim has the rights of its user in the ACL file.
func VerifyToken(token string, now time.Time, o TokenOptions) (*Claims, error) {
	if len(token) > maxToken {
		return nil, fmt.Errorf("longer than %d bytes", maxToken)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("not of three parts")
	}
	header, err := object(parts[0])
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	signature, err := segment(parts[2])
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if err := o.Keys.check(header, []byte(parts[0]+"."+parts[1]), signature); err != nil {
		return nil, err
	}
	payload, err := object(parts[1])
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	return o.claims(payload, now)
}

// object decodes a part into the members of a JSON object. Names count as
// they are written, which they would not for a struct.
func object(part string) (map[string]json.RawMessage, error) {
	text, err := segment(part)
	if err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(text, &m); err != nil || m == nil {
		return nil, errors.New("not a JSON object")
	}
	return m, nil
}

var errSignature = errors.New("no key verifies the signature")

func (k *TokenKeys) check(header map[string]json.RawMessage, signed, signature []byte) error {
	if header["crit"] != nil { // RFC 7515 section 4.1.11
		return errors.New("the header has extensions that must be understood")
	}
	alg, err := text(header, "alg")
	if err != nil {
		return err
	}
	kid, err := text(header, "kid")
	if err != nil {
		return err
	}
	fitting := 0
	for i := range k.keys {
		key := &k.keys[i]
		if !key.fits(alg) || kid != "" && key.id != "" && key.id != kid {
			continue
		}
		fitting++
		if key.verify(alg, signed, signature) {
			return nil
		}
	}
	if fitting == 0 {
		return fmt.Errorf("no key for algorithm %.20q", alg)
	}
	return errSignature
}

// text returns a member that is a string, empty when there is none.
func text(m map[string]json.RawMessage, name string) (string, error) {
	raw, ok := m[name]
	if !ok {
		return "", nil
	}
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", fmt.Errorf("%s is not text", name)
	}
	return *s, nil
}

func (o *TokenOptions) claims(m map[string]json.RawMessage, now time.Time) (*Claims, error) {
	c := &Claims{}
	err := o.checkTimes(m, now, c)
	if err == nil {
		err = o.checkParties(m)
	}
	if err == nil {
		err = c.readUser(m)
	}
	if err == nil {
		c.ACL, err = tokenACL(m)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (o *TokenOptions) checkTimes(m map[string]json.RawMessage, now time.Time, c *Claims) error {
	leeway := o.leeway()
	var at [3]time.Time
	for i, name := range []string{"exp", "nbf", "iat"} {
		var err error
		if at[i], err = numericDate(m, name); err != nil {
			return err
		}
	}
	exp, nbf, iat := at[0], at[1], at[2]
	switch {
	case exp.IsZero() && !o.Eternal:
		return errors.New("has no expiry (exp)")
	case !exp.IsZero() && !now.Before(exp.Add(leeway)):
		return fmt.Errorf("expired at %s", exp.UTC().Format(time.RFC3339))
	case !nbf.IsZero() && now.Add(leeway).Before(nbf):
		return fmt.Errorf("not valid before %s", nbf.UTC().Format(time.RFC3339))
	case !iat.IsZero() && now.Add(leeway).Before(iat):
		return fmt.Errorf("issued in the future, at %s", iat.UTC().Format(time.RFC3339))
	}
	c.Expires = exp
	return nil
}

func (o *TokenOptions) leeway() time.Duration {
	if o.Leeway == 0 {
		return 30 * time.Second
	}
	return o.Leeway
}

// numericDate returns the time of a claim, zero when there is none: seconds
// since 1970, RFC 7519 section 2.
func numericDate(m map[string]json.RawMessage, name string) (time.Time, error) {
	raw, ok := m[name]
	if !ok {
		return time.Time{}, nil
	}
	var n *float64
	if err := json.Unmarshal(raw, &n); err != nil || n == nil || !(*n >= 0 && *n < 1e11) {
		return time.Time{}, fmt.Errorf("%s is not a time", name)
	}
	seconds, part := math.Modf(*n)
	return time.Unix(int64(seconds), int64(part*1e9)), nil
}

func (o *TokenOptions) checkParties(m map[string]json.RawMessage) error {
	if o.Issuer != "" {
		if iss, err := text(m, "iss"); err != nil || iss != o.Issuer {
			return errors.New("is from another issuer (iss)")
		}
	}
	if o.Audience == "" {
		return nil
	}
	var all []string
	if one, err := text(m, "aud"); err == nil {
		all = []string{one}
	} else if json.Unmarshal(m["aud"], &all) != nil {
		all = nil
	}
	if !slices.Contains(all, o.Audience) {
		return errors.New("is for another audience (aud)")
	}
	return nil
}

func (c *Claims) readUser(m map[string]json.RawMessage) error {
	for _, name := range []string{"username", "sub"} {
		user, err := text(m, name)
		if err != nil {
			return err
		}
		if _, ok := m[name]; ok {
			c.User = user
			if err := checkUser(user); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
	}
	return errors.New("names no user (username or sub)")
}
