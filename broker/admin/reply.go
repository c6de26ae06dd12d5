package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"mqt/internal/record"
)

// text is text from the network. Its JSON is safe to show on a terminal: all
// control characters are escaped.
type text string

// MarshalJSON returns a JSON string.
func (t text) MarshalJSON() ([]byte, error) { return record.AppendString(nil, string(t)), nil }

// reply answers with v as JSON.
func (a *api) reply(w http.ResponseWriter, r *http.Request, v any) error {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	a.write(w, r, body.Bytes())
	return nil
}

// parseQuery returns the parameters of a request, each of which must be one of
// names and be there once.
func parseQuery(r *http.Request, names ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("the query string is malformed", "escape special characters with % and two hexadecimal digits")
	}
	for name, values := range q {
		hint := "this path takes no parameters"
		if len(names) > 0 {
			hint = "use " + strings.Join(names, ", ")
		}
		if !slices.Contains(names, name) {
			return nil, invalid("parameter "+strconv.Quote(name)+" is unknown", hint)
		}
		if len(values) > 1 {
			return nil, invalid("parameter "+name+" is there twice", "leave one of them out")
		}
	}
	return q, nil
}

// intRange is a parameter that is a whole number.
type intRange struct {
	name     string
	def, max int
}

// in returns the parameter's value, at least 1.
func (p intRange) in(q url.Values) (int, error) {
	s := q.Get(p.name)
	if !q.Has(p.name) {
		return p.def, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > p.max {
		return 0, invalid(fmt.Sprintf("%s is %q", p.name, s), fmt.Sprintf("use a whole number from 1 to %d", p.max))
	}
	return n, nil
}

// pageLimit is how many elements of a list an answer holds.
var pageLimit = intRange{name: "limit", def: 100, max: 1000}

// page returns at most limit of the elements after a key, and the key of the
// last one when there are more. list is in the order of keys. No key is empty.
func page[T any](list []T, limit int, after string, key func(T) string) (out []T, next string) {
	if after != "" {
		list = list[sort.Search(len(list), func(i int) bool { return key(list[i]) > after }):]
	}
	if len(list) > limit {
		list = list[:limit]
		next = key(list[limit-1])
	}
	return list, next
}
