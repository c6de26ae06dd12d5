// Package man holds the manual pages of mqt, one for each command, which go
// generate writes.
package man

import (
	"embed"
	"strings"
)

//go:generate go run mqt/internal/generate man .

//go:embed *.1
var pages embed.FS

// Page returns the page with a name such as "mqt-retained-list" in the macros
// of man(7), and whether there is one.
func Page(name string) (page []byte, ok bool) {
	page, err := pages.ReadFile(name + ".1")
	return page, err == nil
}

// Names returns the names of all pages, sorted.
func Names() []string {
	entries, err := pages.ReadDir(".")
	if err != nil {
		return nil // it is embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".1"))
	}
	return names
}
