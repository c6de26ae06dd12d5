package auth

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
)

// program is a hook's other side, without a network: it notes the questions
// and answers with a status.
type program struct {
	mu     sync.Mutex // guards asked
	asked  []string   // bodies
	status func(q map[string]any) int
	block  chan struct{} // not nil: answers only when this is closed, or never
}

func (p *program) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.asked = append(p.asked, string(body))
	p.mu.Unlock()
	if p.block != nil {
		select {
		case <-p.block:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	var q map[string]any
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, err
	}
	status := p.status(q)
	if status == 0 {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("ignored"))}, nil
}

func always(status int) func(map[string]any) int { return func(map[string]any) int { return status } }

func (p *program) options() HookOptions {
	return HookOptions{URL: "http://hook.example/auth", Client: &http.Client{Transport: p}}
}

func codeOf(err error) mqtt.ReasonCode {
	var re *mqtt.ReasonError
	if errors.As(err, &re) {
		return re.Code
	}
	return mqtt.Success
}

func TestHookAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status         int
		connect, topic mqtt.ReasonCode
	}{
		{200, mqtt.Success, mqtt.Success},
		{204, mqtt.Success, mqtt.Success},
		{401, mqtt.BadUserNameOrPassword, mqtt.NotAuthorized},
		{403, mqtt.BadUserNameOrPassword, mqtt.NotAuthorized},
		{302, mqtt.ServerUnavailable, mqtt.NotAuthorized},
		{404, mqtt.ServerUnavailable, mqtt.NotAuthorized},
		{500, mqtt.ServerUnavailable, mqtt.NotAuthorized},
		{0, mqtt.ServerUnavailable, mqtt.NotAuthorized},
	}
	for _, tc := range tests {
		p := &program{status: always(tc.status)}
		h, err := newHook(p.options(), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		c := &broker.ConnectInfo{ClientID: "c"}
		if got := codeOf(h.connect(t.Context(), c)); got != tc.connect {
			t.Errorf("status %d: connect = %v, want %v", tc.status, got, tc.connect)
		}
		if got := codeOf(h.topic(ActionPublish, c, "a")); got != tc.topic {
			t.Errorf("status %d: publish = %v, want %v", tc.status, got, tc.topic)
		}
	}
}

func TestHookQuestions(t *testing.T) {
	t.Parallel()
	p := &program{status: always(200)}
	o := p.options()
	o.Actions = []Action{ActionConnect, ActionPublish, ActionSubscribe, ActionRead}
	h, err := newHook(o, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c := &broker.ConnectInfo{ClientID: "c", Username: "u", HasUsername: true, Password: []byte("p\"ä"), HasPassword: true,
		Remote: "127.0.0.1:5", Listener: "tcp", Version: mqtt.V5}
	_ = h.connect(t.Context(), c)
	c.Password = []byte{0xff}
	_ = h.connect(t.Context(), c)
	c.Password = nil
	for _, a := range []Action{ActionPublish, ActionSubscribe, ActionRead} {
		_ = h.topic(a, c, "a/b")
	}
	rest := `,"remote":"127.0.0.1:5","listener":"tcp","protocol":"5"}`
	want := []string{
		`{"action":"connect","clientid":"c","username":"u","password":"p\"ä"` + rest,
		`{"action":"connect","clientid":"c","username":"u","password_base64":"/w=="` + rest,
		`{"action":"publish","clientid":"c","username":"u","topic":"a/b"` + rest,
		`{"action":"subscribe","clientid":"c","username":"u","topic":"a/b"` + rest,
		`{"action":"read","clientid":"c","username":"u","topic":"a/b"` + rest,
	}
	if !reflect.DeepEqual(p.asked, want) {
		t.Errorf("questions:\n%s\nwant:\n%s", strings.Join(p.asked, "\n"), strings.Join(want, "\n"))
	}
}

func TestHookRemembers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &program{status: func(q map[string]any) int {
			if q["topic"] == "no" {
				return 403
			}
			return 200
		}}
		h, err := newHook(p.options(), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		c := &broker.ConnectInfo{ClientID: "c"}
		ask := func(a Action, topic string, asked int, want mqtt.ReasonCode) {
			t.Helper()
			if got := codeOf(h.topic(a, c, topic)); got != want || len(p.asked) != asked {
				t.Errorf("%s %q = %v after %d questions, want %v after %d", a, topic, got, len(p.asked), want, asked)
			}
		}
		ask(ActionPublish, "a", 1, mqtt.Success)
		ask(ActionPublish, "a", 1, mqtt.Success)
		ask(ActionPublish, "no", 2, mqtt.NotAuthorized)
		ask(ActionPublish, "no", 2, mqtt.NotAuthorized)
		ask(ActionSubscribe, "a", 3, mqtt.Success)
		ask(ActionRead, "a", 3, mqtt.Success) // not asked by default
		time.Sleep(hookRemember)
		ask(ActionPublish, "a", 4, mqtt.Success)
	})
}

func TestHookTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &program{status: always(200), block: make(chan struct{})}
		h, err := newHook(p.options(), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		c := &broker.ConnectInfo{ClientID: "c"}
		start := time.Now()
		if got := codeOf(h.connect(t.Context(), c)); got != mqtt.ServerUnavailable || time.Since(start) != hookTimeout {
			t.Errorf("connect = %v after %v, want %v after %v", got, time.Since(start), mqtt.ServerUnavailable, hookTimeout)
		}
		start = time.Now()
		for _, topic := range []string{"a", "b", "c"} { // only the first waits
			if got := codeOf(h.topic(ActionPublish, c, topic)); got != mqtt.NotAuthorized || time.Since(start) != hookTimeout {
				t.Errorf("publish %s = %v after %v, want %v after %v", topic, got, time.Since(start), mqtt.NotAuthorized, hookTimeout)
			}
		}
		close(p.block)
		time.Sleep(hookPause)
		if got := codeOf(h.topic(ActionPublish, c, "a")); got != mqtt.Success {
			t.Errorf("publish after the pause = %v, want success", got)
		}
	})
}

func TestHookIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &program{status: always(200), block: make(chan struct{})}
		o := p.options()
		o.Connections = 2
		h, err := newHook(o, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { _ = h.connect(t.Context(), &broker.ConnectInfo{}) })
		}
		synctest.Wait()
		if len(p.asked) != 2 {
			t.Errorf("%d questions at a time, want 2", len(p.asked))
		}
		close(p.block)
		wg.Wait()
		if len(p.asked) != 5 {
			t.Errorf("%d questions, want 5", len(p.asked))
		}
	})
}

// TestHookOverHTTP uses a real server, which redirects to one that would allow
// everything, and writes without end.
func TestHookOverHTTP(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /yes", func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("POST /elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/yes", http.StatusTemporaryRedirect)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for path, want := range map[string]mqtt.ReasonCode{"/yes": mqtt.Success, "/elsewhere": mqtt.ServerUnavailable, "/none": mqtt.ServerUnavailable} {
		h, err := newHook(HookOptions{URL: srv.URL + path, Timeout: time.Minute}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if got := codeOf(h.connect(t.Context(), &broker.ConnectInfo{})); got != want {
			t.Errorf("%s: connect = %v, want %v", path, got, want)
		}
		h.close()
	}
	h, err := newHook(HookOptions{URL: "http://user:secret@127.0.0.1:1/x"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.connect(t.Context(), &broker.ConnectInfo{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("connect to nobody = %v, want an error without the URL's password", err)
	}
}

func TestHookOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []HookOptions{{URL: "x"}, {URL: "ftp://a/b"}, {URL: "http:///b"}, {URL: "http://a", Actions: []Action{"delete"}}} {
		if _, err := newHook(o, time.Now); err == nil {
			t.Errorf("newHook(%+v) succeeds", o)
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	var s answers
	now := time.Now()
	for i := range maxAnswers + 5 {
		s.put(answerKey{name: strings.Repeat("x", i%7) + string(rune(i))}, true, now.Add(time.Hour))
	}
	if len(s.all) > maxAnswers {
		t.Errorf("%d answers are remembered, want %d at most", len(s.all), maxAnswers)
	}
}

// A URL in an error shows no part of its password.
func TestHookURLWithoutPassword(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"htp://hook.example.com/a":           `"htp://hook.example.com/a"`,
		"htp://u:secret@hook.example.com/a":  "xxxxx",
		"htp://u:12/secret@hook.example.com": `"…"`,
		"htp://u:se/cret@hook.example.com":   `"…"`,
	} {
		_, err := newHook(HookOptions{URL: raw}, time.Now)
		if err == nil || strings.Contains(err.Error(), "cret") || !strings.Contains(err.Error(), want) {
			t.Errorf("newHook(%q) = %v, want %s", raw, err, want)
		}
	}
}
