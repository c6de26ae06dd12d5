package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mqt/bench/result"
)

// FuzzFormats writes foreign results in every format. A terminal obeys nothing
// of them, and a browser runs nothing.
func FuzzFormats(f *testing.F) {
	const begin = `{"schema":"mqt.bench.result","version":"1.0.0",`
	f.Add(begin + `"run":{"command":"x\u001b[2J","duration_ns":1000000000},"scenario":{"name":"<script>","payload_bytes":[16]},"errors":[{"text":"\u202e","count":1}]}`)
	f.Add(begin + `"latency":{"response":{"count":1,"p50_ns":5,"max_ns":9,"hdr":"x"}},"series":[{"at_ns":1000000000,"sent":5,"response_p50_ns":1},{"at_ns":-1}]}`)
	f.Add(begin + `"search":{"trials":[{"rate":1e3,"response_p50_ns":5}]},"verdict":{"slo":[{"expression":"lost==0","measured":1}]},"streams":{"count":1,"worst":[{"lost":1}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := result.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, name := range Names() {
			var out bytes.Buffer
			w, err := New(name, &out, Options{Baseline: r})
			if err != nil {
				t.Fatal(err)
			}
			_ = w.Result(r) // some cannot be written in some formats
			switch {
			case name == "text" && strings.ContainsFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }):
				t.Errorf("the text of %s holds what a terminal obeys: %q", text, out.String())
			case name == "html" && strings.Contains(out.String(), "<script"), !utf8.Valid(out.Bytes()):
				t.Errorf("%s of %s: %s", name, text, out.String())
			}
		}
	})
}
