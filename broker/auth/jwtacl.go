package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// tokenACL returns the rights that a token's claims give, nil when they say
// nothing. See VerifyToken. The line of a decision is the rule's number in the
// list it stands in.
func tokenACL(m map[string]json.RawMessage) (*ACL, error) {
	name := "acl"
	raw, ok := m[name]
	if other, has := m["mqtt"]; has {
		if ok {
			return nil, errors.New("has both acl and mqtt")
		}
		name, raw, ok = "mqtt", other, true
	}
	if !ok {
		return nil, nil
	}
	a := &ACL{}
	var err error
	if name == "acl" && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		err = a.addRules(raw)
	} else {
		err = a.addLists(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

func (a *ACL) addRules(raw json.RawMessage) error {
	var rules []string
	if err := json.Unmarshal(raw, &rules); err != nil {
		return errors.New("not a list of rules")
	}
	for i, rule := range rules {
		how, filter, err := parseRule(rule)
		if err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
		a.addPattern(filter, how, i+1)
	}
	return nil
}

// addLists reads {"pub": [...], "sub": [...]}. A member of another name is
// refused: it may have been meant to take rights away.
func (a *ACL) addLists(raw json.RawMessage) error {
	var lists map[string][]string
	if err := json.Unmarshal(raw, &lists); err != nil || lists == nil {
		return errors.New("not an object of two lists of topic filters, pub and sub")
	}
	for name, filters := range lists {
		how := canRead
		switch name {
		case "pub":
			how = canWrite
		case "sub":
		default:
			return fmt.Errorf("%.20q is neither pub nor sub", name)
		}
		for i, filter := range filters {
			if err := checkRule(filter); err != nil {
				return fmt.Errorf("%s %d: %w", name, i+1, err)
			}
			a.addPattern(filter, how, i+1)
		}
	}
	return nil
}
