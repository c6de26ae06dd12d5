package archtest

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// layer says what one package may import: packages of this module and
// third-party modules by their short names. Both are lists of words. The
// standard library is open to all, but for package log: there is one logger,
// log/slog. A package that is not in the picture may not exist.
type layer struct{ pkg, imports, modules string }

// picture is the architecture, from the top down: a package imports only what
// stands below it, and siblings never import each other. A trailing /* covers
// all packages under a folder.
//
//	                            cmd/mqt
//	                               │
//	pub   sub   bench   format   cmd   broker   completions   internal/client
//	 │     │      │        │              │                        │
//	 │     │      └── internal/wire ──────┴────────────────────────┤   internal/transport
//	 └─────┴───────────────┴────────────► internal/mqtt ◄──────────┘
var picture = []layer{
	{"cmd/mqt", "cmd", ""},
	{"cmd", "pub sub bench bench/* format broker broker/auth completions docs/man internal/daemon internal/compat internal/compat/conf internal/profile internal/client internal/rr internal/transport internal/record internal/scram internal/nearest internal/mqtt", "cobra pflag x/sys x/term"},
	{"internal/daemon", "broker broker/admin broker/auth internal/compat/conf internal/transport", ""},
	{"internal/peers", "bench bench/result internal/usage internal/mqtt", "x/sys"},
	{"internal/peers/clients", "internal/wire internal/mqtt", ""},
	{"internal/generate", "cmd", "cobra pflag"},

	{"pub", "internal/record internal/mqtt", ""},
	{"sub", "internal/mqtt", ""},
	{"format", "internal/protobuf internal/record internal/mqtt", "lipgloss termenv gjson cbor msgp"},
	{"bench", "bench/internal/* bench/null bench/pace bench/payload bench/result internal/transport internal/usage internal/wire internal/mqtt", "x/sys hdrhistogram"},
	{"bench/internal/*", "bench/internal/* bench/pace bench/payload bench/result internal/transport internal/wire internal/mqtt", "x/sys hdrhistogram"},
	{"bench/null", "internal/wire internal/mqtt", "x/sys"},
	{"bench/pace", "", "x/sys"},
	{"bench/payload", "", ""},
	{"bench/slo", "bench/result", ""},
	{"bench/preset", "", ""},
	{"bench/plan", "internal/nearest", "yaml"},
	{"bench/report", "bench/result", "lipgloss termenv hdrhistogram"},
	{"bench/result", "", "hdrhistogram x/perf"},
	{"broker", "broker/internal/* internal/wire internal/mqtt", "x/sys"},
	{"broker/auth", "broker internal/scram internal/mqtt", "x/crypto fsnotify"},
	{"broker/admin", "broker internal/record internal/mqtt", ""},
	{"broker/internal/*", "broker/internal/* internal/wire internal/mqtt", "x/sys"},
	{"docs/man", "", ""},
	{"completions", "internal/wire internal/mqtt", ""},
	{"internal/client", "internal/wire internal/mqtt", "paho"},
	{"internal/transport", "", "websocket x/net x/sys"},
	{"internal/compat", "internal/wire internal/mqtt", ""},
	{"internal/compat/conf", "internal/nearest", "go-toml"},
	{"internal/profile", "", "go-toml"},

	{"internal/wire", "internal/mqtt", ""},
	{"internal/rr", "internal/mqtt", ""},
	{"internal/record", "internal/mqtt", "gjson"},
	{"internal/scram", "", "x/text"},
	{"internal/protobuf", "", ""},
	{"internal/usage", "", ""},
	{"internal/nearest", "", ""},
	{"internal/mqtt", "", ""},
	{"internal/archtest", "", ""},
	{"internal/dnstest", "", "x/net"},
	{"internal/peertest", "", ""},
	{"internal/sockstest", "", ""},
}

// testModules may be imported by every test file, besides what its package
// may import. Test files may import every package of this module.
const testModules = "goleak rapid go-internal pty paho x/sys x/term x/net websocket line-protocol jsonschema hdrhistogram x/perf prometheus prometheus/common protobuf protocompile"

// moduleNames are the short names of third-party modules. One dependency has
// one home: to replace it is a change of one package.
var moduleNames = map[string]string{
	"cobra":             "github.com/spf13/cobra",
	"pflag":             "github.com/spf13/pflag",
	"lipgloss":          "github.com/charmbracelet/lipgloss",
	"termenv":           "github.com/muesli/termenv",
	"protobuf":          "google.golang.org/protobuf",
	"protocompile":      "github.com/bufbuild/protocompile",
	"cbor":              "github.com/fxamacker/cbor",
	"msgp":              "github.com/tinylib/msgp",
	"gjson":             "github.com/tidwall/gjson",
	"paho":              "github.com/eclipse/paho.golang",
	"websocket":         "github.com/coder/websocket",
	"x/crypto":          "golang.org/x/crypto",
	"prometheus":        "github.com/prometheus/client_golang",
	"prometheus/common": "github.com/prometheus/common",
	"x/net":             "golang.org/x/net",
	"x/sys":             "golang.org/x/sys",
	"x/term":            "golang.org/x/term",
	"x/text":            "golang.org/x/text",
	"fsnotify":          "github.com/fsnotify/fsnotify",
	"goleak":            "go.uber.org/goleak",
	"rapid":             "pgregory.net/rapid",
	"go-internal":       "github.com/rogpeppe/go-internal",
	"pty":               "github.com/creack/pty",
	"line-protocol":     "github.com/influxdata/line-protocol",
	"go-toml":           "github.com/pelletier/go-toml",
	"yaml":              "github.com/goccy/go-yaml",
	"hdrhistogram":      "github.com/HdrHistogram/hdrhistogram-go",
	"x/perf":            "golang.org/x/perf",
	"jsonschema":        "github.com/santhosh-tekuri/jsonschema",
}

func checkImports(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if s.ast == nil {
			continue
		}
		l, ok := layerOf(s.dir)
		if !ok {
			out = append(out, s.at(s.ast.Package, "package %s is not in the picture of internal/archtest/imports_test.go: say there what it may import", s.dir))
			continue
		}
		for _, spec := range s.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err == nil && !s.mayImport(l, imported) {
				out = append(out, s.at(spec.Pos(), "%s may not import %s (internal/archtest/imports_test.go)", s.dir, imported))
			}
		}
	}
	return out
}

func layerOf(dir string) (layer, bool) {
	i := slices.IndexFunc(picture, func(l layer) bool { return covers(l.pkg, dir) })
	if i < 0 {
		return layer{}, false
	}
	return picture[i], true
}

func covers(pattern, dir string) bool {
	if folder, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(dir, folder+"/")
	}
	return pattern == dir
}

func (s *source) mayImport(l layer, imported string) bool {
	if inside, ok := strings.CutPrefix(imported, module+"/"); ok {
		if s.test {
			return true
		}
		return slices.ContainsFunc(strings.Fields(l.imports), func(p string) bool { return covers(p, inside) })
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return imported != "log"
	}
	modules := strings.Fields(l.modules)
	if s.test {
		modules = append(modules, strings.Fields(testModules)...)
	}
	return slices.ContainsFunc(modules, func(short string) bool {
		m := moduleNames[short]
		return m != "" && (imported == m || strings.HasPrefix(imported, m+"/"))
	})
}

// badNames say nothing about what a package is for.
var badNames = []string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "lib", "pkg", "shared"}

func checkNames(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if s.ast == nil {
			continue
		}
		words := append(strings.Split(s.path, "/"), s.ast.Name.Name)
		words[len(words)-2] = strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test")
		for _, w := range words {
			if slices.Contains(badNames, w) {
				out = append(out, s.at(s.ast.Package, "%q is not a name: say what it is for", w))
				break
			}
		}
	}
	return out
}
