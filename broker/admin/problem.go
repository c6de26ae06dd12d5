package admin

import (
	"encoding/json"
	"errors"
	"net/http"
)

// problem is an error as the client sees it, RFC 9457.
type problem struct {
	Title  string `json:"title"` // the status in words; filled in when sent
	Status int    `json:"status"`
	Detail text   `json:"detail"`
	Hint   string `json:"hint"` // what to do next
}

func (p *problem) Error() string { return string(p.Detail) }

// invalid is a problem with what the request says.
func invalid(detail, hint string) *problem {
	return &problem{Status: http.StatusBadRequest, Detail: text(detail), Hint: hint}
}

// fail answers with err. What is not a problem is the server's own and only
// logged.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		a.log.Error("http request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		p = &problem{Status: http.StatusInternalServerError, Detail: "the server could not answer",
			Hint: "see the server's log for the reason"}
	}
	out := *p
	out.Title = http.StatusText(p.Status)
	body, err := json.Marshal(out)
	if err != nil {
		a.log.Error("http request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	a.write(w, r, append(body, '\n'))
}

// write sends a body. That the client has gone meanwhile is no problem of the
// server's.
func (a *api) write(w http.ResponseWriter, r *http.Request, body []byte) {
	if _, err := w.Write(body); err != nil {
		a.log.Debug("http client gone", "remote", r.RemoteAddr, "path", r.URL.Path, "error", err)
	}
}
