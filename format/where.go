package format

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"mqt/internal/mqtt"
)

// Where is a condition on JSON payloads. The zero value is met by every
// message.
type Where struct {
	path  string
	op    string // empty: the path exists
	value gjson.Result
	bare  bool           // the value had no quotes: it also equals that text
	re    *regexp.Regexp // of =~
}

// ParseWhere reads a condition: a gjson path, one of == != < <= > >= =~, and a
// value; or a path alone, which is met when the payload has it.
//
// The value is a number, true, false, null, a string in double or single
// quotes, or a string without quotes. Numbers are compared with numbers,
// strings with strings, byte by byte; a bare number also equals a string with
// the same text. A path that leads nowhere is null. =~ takes a regular
// expression (RE2) and tries it on strings and on the text of other values. A
// payload that is not JSON meets nothing. An operator inside brackets or after
// a backslash belongs to the path. The error names the expression.
func ParseWhere(expr string) (Where, error) {
	w, err := parseWhere(expr)
	if err != nil {
		return Where{}, fmt.Errorf("condition %q: %w", expr, err)
	}
	return w, nil
}

func parseWhere(expr string) (Where, error) {
	at, op, err := findOperator(expr)
	if err != nil {
		return Where{}, err
	}
	w := Where{path: strings.TrimSpace(expr[:at]), op: op}
	switch {
	case w.path == "":
		return w, errors.New("needs a path in front, such as temperature or sensors.0.name")
	case w.path[0] == '!': // gjson's constants
		return w, errors.New("begins with !, which is no operator: what is missing equals null, as in temperature == null")
	}
	if op == "" {
		return w, nil
	}
	text := strings.TrimSpace(expr[at+len(op):])
	if text == "" {
		return w, fmt.Errorf("needs a value after %s", op)
	}
	if op == "=~" {
		if inner, ok := unquote(text); ok {
			text = inner
		}
		w.re, err = regexp.Compile(text)
		return w, err
	}
	return w, w.setValue(text)
}

func (w *Where) setValue(text string) error {
	switch {
	case text[0] == '"' && validJSON([]byte(text)):
		w.value = gjson.Parse(text)
	case text[0] == '"' || text[0] == '\'':
		inner, ok := unquote(text)
		if !ok {
			return fmt.Errorf("%s lacks its closing quote", text)
		}
		w.value = gjson.Result{Type: gjson.String, Str: inner}
	case validJSON([]byte(text)):
		w.value = gjson.Parse(text)
		w.bare = true
		if w.value.IsObject() || w.value.IsArray() {
			return errors.New("compares with a number, a string, true, false or null only")
		}
	default:
		w.value = gjson.Result{Type: gjson.String, Str: text}
	}
	return nil
}

// unquote takes off a pair of quotes and leaves what is between them alone.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '"' && s[0] != '\'' {
		return s, false
	}
	return s[1 : len(s)-1], true
}

// findOperator returns the first operator outside of brackets, quotes and
// escapes; at is the end of the path.
func findOperator(s string) (at int, op string, err error) {
	depth := 0
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case depth > 0 && c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
			if depth < 0 {
				return 0, "", fmt.Errorf("has a %c without its partner", c)
			}
		case depth > 0:
		case c == '=' || c == '<' || c == '>' || c == '!' && strings.HasPrefix(s[i:], "!="):
			op, err = operator(s[i:])
			return i, op, err
		}
	}
	if depth > 0 {
		return 0, "", errors.New("has a bracket that is not closed")
	}
	return len(s), "", nil
}

func operator(s string) (string, error) {
	for _, op := range [...]string{"==", "!=", "<=", ">=", "=~", "<", ">"} {
		if strings.HasPrefix(s, op) {
			return op, nil
		}
	}
	return "", errors.New("has =, which is no operator: use == or =~")
}

// Match reports whether the message's payload meets the condition.
func (w Where) Match(m mqtt.Message) bool {
	if w.path == "" {
		return true
	}
	if !validJSON(m.Payload) {
		return false
	}
	r := gjson.GetBytes(m.Payload, w.path)
	switch w.op {
	case "":
		return r.Exists()
	case "==":
		return w.equal(r)
	case "!=":
		return !w.equal(r)
	case "=~":
		return r.Type != gjson.Null && w.re.MatchString(resultText(r))
	}
	order, ok := compare(r, w.value)
	if !ok {
		return false
	}
	switch w.op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (w Where) equal(r gjson.Result) bool {
	if w.bare && r.Type == gjson.String && w.value.Type == gjson.Number {
		return r.Str == w.value.Raw
	}
	if r.Type != w.value.Type || r.Type == gjson.JSON {
		return false
	}
	order, ok := compare(r, w.value)
	return !ok || order == 0 // no order: true, false and null equal themselves
}

// compare orders two numbers or two strings.
func compare(a, b gjson.Result) (order int, ok bool) {
	switch {
	case a.Type != b.Type:
		return 0, false
	case a.Type == gjson.String:
		return strings.Compare(a.Str, b.Str), true
	case a.Type != gjson.Number:
		return 0, false
	}
	x, errX := strconv.ParseInt(a.Raw, 10, 64)
	y, errY := strconv.ParseInt(b.Raw, 10, 64)
	switch {
	case errX == nil && errY == nil: // exact beyond 2^53
		return order3(x, y), true
	default:
		return order3(a.Num, b.Num), true
	}
}

func order3[T int64 | float64](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
