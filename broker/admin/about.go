package admin

import (
	_ "embed" // the description of the API
	"net/http"
	"runtime"
	"time"
)

// description is the API in OpenAPI 3.1.
//
//go:embed openapi.json
var description []byte

// health says that the process is alive: it could be asked.
func (a *api) health(w http.ResponseWriter, r *http.Request) error {
	return a.word(w, r, "ok\n")
}

func (a *api) ready(w http.ResponseWriter, r *http.Request) error {
	if a.Ready != nil && !a.Ready() {
		w.Header().Set("Retry-After", "1")
		return &problem{Status: http.StatusServiceUnavailable, Detail: "the broker is starting or shutting down",
			Hint: "ask again in a second"}
	}
	return a.word(w, r, "ready\n")
}

func (a *api) word(w http.ResponseWriter, r *http.Request, s string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	a.write(w, r, []byte(s))
	return nil
}

func (a *api) showConfig(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseQuery(r); err != nil {
		return err
	}
	if a.Config == nil {
		return a.reply(w, r, struct{}{})
	}
	return a.reply(w, r, a.Config)
}

func (a *api) showVersion(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseQuery(r); err != nil {
		return err
	}
	return a.reply(w, r, struct {
		Version string `json:"version"`
		Go      string `json:"go_version"`
		OS      string `json:"os"`
		Arch    string `json:"arch"`
		Uptime  int64  `json:"uptime_seconds"`
	}{a.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, int64(a.Server.Stats().Uptime / time.Second)})
}

func (a *api) showDescription(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseQuery(r); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	a.write(w, r, description)
	return nil
}
