package auth

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"mqt/internal/mqtt"
)

// maxRuleLevels is the number of levels a filter of an ACL may have.
const maxRuleLevels = 200

// ACL says which topics users may read and write, read-only. The zero value
// denies everything, as an empty file does.
type ACL struct {
	anonymous *ruleNode
	users     map[string]*ruleNode
	patterns  *ruleNode // of all clients, after their own
	warnings  []string
}

// access is what a rule is about. The bits are those of an OR.
type access uint8

const (
	canRead access = 1 << iota
	canWrite
	denied access = 0
)

// LoadACL reads an ACL file, see ParseACL.
func LoadACL(name string) (*ACL, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return ParseACL(name, text)
}

// ParseACL reads the text of mosquitto's ACL file:
//
//	user NAME                                         the lines below are for this user
//	topic [read|write|readwrite|deny] FILTER          before any user: for anonymous clients
//	pattern [read|write|readwrite|deny] FILTER        for everybody; %c is the client identifier,
//	                                                  %u the user name, each a whole level
//
// Words are separated by spaces. Blank lines and lines that start with # are
// skipped; any other line that is wrong fails the whole file with an error
// that begins with "name:line:".
func ParseACL(name string, text []byte) (*ACL, error) {
	p := aclParser{acl: &ACL{users: map[string]*ruleNode{}}, name: name}
	for line := range bytes.Lines(text) {
		p.number++
		if err := p.line(strings.TrimRight(string(line), blanks)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, p.number, err)
		}
	}
	return p.acl, nil
}

// Warnings returns what in the file is allowed but hardly meant, one line
// each, beginning with "name:line:".
func (a *ACL) Warnings() []string { return a.warnings }

type aclParser struct {
	acl    *ACL
	name   string
	number int
	user   *string // nil: no user line yet
}

func (p *aclParser) line(line string) error {
	if strings.HasPrefix(line, "#") {
		return nil
	}
	word, rest := cutWord(line)
	switch word {
	case "":
		return nil
	case "user":
		user := strings.Trim(rest, blanks)
		if user == "" {
			return errors.New("user without a name")
		}
		if err := checkUser(user); err != nil {
			return err
		}
		p.user = &user
		return nil
	case "topic", "pattern":
		how, filter, err := parseRule(rest)
		if err != nil {
			return err
		}
		p.add(word == "pattern", filter, how)
		return nil
	}
	return fmt.Errorf("%.40q: not one of user, topic, pattern", word)
}

func (p *aclParser) add(pattern bool, filter string, how access) {
	switch {
	case pattern:
		p.acl.addPattern(filter, how, p.number)
		if partial(filter) {
			p.acl.warnings = append(p.acl.warnings,
				fmt.Sprintf("%s:%d: %%c and %%u stand for something only as a whole level", p.name, p.number))
		}
	case p.user == nil:
		p.acl.anonymous = p.acl.anonymous.add(filter, how, p.number)
	default:
		p.acl.users[*p.user] = p.acl.users[*p.user].add(filter, how, p.number)
	}
}

func (a *ACL) addPattern(filter string, how access, line int) {
	if a.patterns == nil {
		a.patterns = &ruleNode{}
	}
	a.patterns.insert(filter, mark{how, line}, true)
}

// parseRule reads what follows topic or pattern: "[access] filter". With two
// words or more the first is the access, even if that makes it wrong.
func parseRule(text string) (access, string, error) {
	word, rest := cutWord(text)
	filter, how := strings.Trim(rest, blanks), canRead|canWrite
	if filter == "" {
		filter = word
	} else {
		switch word {
		case "read":
			how = canRead
		case "write":
			how = canWrite
		case "readwrite":
		case "deny":
			how = denied
		default:
			return 0, "", fmt.Errorf("access %.40q: not one of read, write, readwrite, deny", word)
		}
	}
	return how, filter, checkRule(filter)
}

func checkRule(filter string) error {
	if filter == "" {
		return errors.New("no topic")
	}
	// A share is accepted, as by mosquitto, though no topic is below $share.
	if _, err := mqtt.ParseFilter(filter); err != nil && !errors.Is(err, mqtt.ErrFilterShare) {
		return fmt.Errorf("topic %.80q %w", filter, err)
	}
	if n := mqtt.Levels(filter); n > maxRuleLevels {
		return fmt.Errorf("topic %.80q has %d levels, more than %d", filter, n, maxRuleLevels)
	}
	return nil
}

// cutWord returns the first word of a line, without spaces before it, and what
// follows the space after it.
func cutWord(s string) (word, rest string) {
	word, rest, _ = strings.Cut(strings.TrimLeft(s, " "), " ")
	return word, rest
}

// partial reports whether %c or %u stands in a level together with more.
func partial(filter string) bool {
	for level := range strings.SplitSeq(filter, "/") {
		if level != "%c" && level != "%u" && (strings.Contains(level, "%c") || strings.Contains(level, "%u")) {
			return true
		}
	}
	return false
}
