package admin

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"mqt/broker"
)

func unmarshal(text string, v any) error { return json.Unmarshal([]byte(text), v) }

// FuzzRequest sends anything anywhere: no panic, no 500, and every answer but
// the plain ones is JSON.
func FuzzRequest(f *testing.F) {
	for _, x := range exchanges {
		if len(x.body) < 1000 {
			method, _, _ := strings.Cut(x.operation, " ")
			_, target, _ := strings.Cut(x.target, "/api/v1/")
			f.Add(method, target, x.body)
		}
	}
	f.Add("GET", "topics?prefix=a//b&depth=1", "")
	srv := &broker.Server{SysInterval: -1}
	f.Cleanup(func() { srv.Close() })
	h := New(Options{Server: srv})
	f.Fuzz(func(t *testing.T, method, target, body string) {
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		u, err := r.URL.Parse("/api/v1/" + target)
		if err != nil {
			return
		}
		r.Method, r.URL = method, u
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s %q = %d %s", method, target, body, w.Code, w.Body)
		}
		var v any
		if strings.Contains(w.Header().Get("Content-Type"), "json") && unmarshal(w.Body.String(), &v) != nil {
			t.Fatalf("%s %s %q answers %s, want JSON", method, target, body, w.Body)
		}
	})
}
