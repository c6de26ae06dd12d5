package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"mqt/broker"
	"mqt/internal/mqtt"
)

// Action is what a hook is asked about.
type Action string

// The actions.
const (
	ActionConnect   Action = "connect"
	ActionPublish   Action = "publish"
	ActionSubscribe Action = "subscribe"
	ActionRead      Action = "read"
)

// HookOptions say how a program is asked over HTTP.
type HookOptions struct {
	// URL is where questions are posted; http or https.
	URL string
	// Actions are what it is asked about. Nil: connect, publish and subscribe.
	// Read is asked for every topic that a client would receive.
	Actions []Action
	// Timeout of one question; 0 is 2 seconds. Questions about topics are
	// asked while the client's, and maybe others', packets wait.
	Timeout time.Duration
	// Remember is how long answers about topics are used again; 0 is 10
	// seconds, negative not at all.
	Remember time.Duration
	// Connections is how many questions are asked at the same time; 0 is 16.
	Connections int
	// Client is used for the requests, nil: one that takes no proxy from the
	// environment. Redirects are never followed.
	Client *http.Client
}

const (
	hookTimeout     = 2 * time.Second
	hookRemember    = 10 * time.Second
	hookConnections = 16
	hookResponse    = 64 << 10 // bytes read of a response's body, which means nothing
	hookPause       = time.Second
)

// question is the body of a request. Its fields are part of the interface.
type question struct {
	Action   Action `json:"action"`
	ClientID string `json:"clientid"`
	Username string `json:"username"`
	Password string `json:"password,omitempty"`
	// PasswordBase64 is set instead of Password when that is not UTF-8.
	PasswordBase64 []byte `json:"password_base64,omitempty"`
	Topic          string `json:"topic,omitempty"` // or the filter
	Remote         string `json:"remote"`
	Listener       string `json:"listener,omitempty"`
	Protocol       string `json:"protocol"`
}

// hook asks a program. Status 2xx allows, 401 and 403 deny; anything else, an
// error, or no answer in time means that nobody knows, which denies, too.
type hook struct {
	url      string
	asks     map[Action]bool
	timeout  time.Duration
	remember time.Duration
	now      func() time.Time
	client   *http.Client
	slot     chan struct{}
	answers  answers

	// Questions about topics are refused without asking until then, in
	// nanoseconds since 1970, after one got no answer: event loops must not
	// wait for it again and again.
	pausedUntil atomic.Int64
}

func newHook(o HookOptions, now func() time.Time) (*hook, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not a URL of http or https", redact(o.URL))
	}
	h := &hook{url: o.URL, timeout: o.Timeout, remember: o.Remember, now: now, asks: map[Action]bool{}}
	if o.Actions == nil {
		o.Actions = []Action{ActionConnect, ActionPublish, ActionSubscribe}
	}
	for _, a := range o.Actions {
		switch a {
		case ActionConnect, ActionPublish, ActionSubscribe, ActionRead:
			h.asks[a] = true
		default:
			return nil, fmt.Errorf("action %q: not one of connect, publish, subscribe, read", a)
		}
	}
	if h.timeout <= 0 {
		h.timeout = hookTimeout
	}
	if h.remember == 0 {
		h.remember = hookRemember
	}
	n := o.Connections
	if n <= 0 {
		n = hookConnections
	}
	h.slot = make(chan struct{}, n)
	h.client = hookClient(o.Client, n)
	return h, nil
}

func redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil && strings.Contains(raw, "@") { // a slash in the password ends the host
		return "…"
	}
	return u.Redacted()
}

func hookClient(given *http.Client, n int) *http.Client {
	c := http.Client{Transport: &http.Transport{
		Proxy:                  nil,
		MaxConnsPerHost:        n,
		MaxIdleConnsPerHost:    n,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: hookResponse,
		ForceAttemptHTTP2:      true,
	}}
	if given != nil {
		c = *given
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// close ends idle connections.
func (h *hook) close() { h.client.CloseIdleConnections() }

func (h *hook) question(a Action, c *broker.ConnectInfo, topic string) question {
	return question{Action: a, ClientID: c.ClientID, Username: c.Username, Topic: topic, Remote: c.Remote,
		Listener: c.Listener, Protocol: c.Version.String()}
}

// connect asks about a connection, with its password. It blocks until there is
// an answer, or ctx or the timeout is over.
func (h *hook) connect(ctx context.Context, c *broker.ConnectInfo) error {
	q := h.question(ActionConnect, c, "")
	if utf8.Valid(c.Password) {
		q.Password = string(c.Password)
	} else {
		q.PasswordBase64 = c.Password
	}
	allowed, err := h.ask(ctx, q)
	switch {
	case err != nil:
		return &Refusal{ReasonError: mqtt.ReasonError{Op: "connect", Code: mqtt.ServerUnavailable}, Cause: err}
	case !allowed:
		return errBadPassword
	}
	return nil
}

// topic asks whether c may do a with a topic or filter, unless it was asked
// already.
func (h *hook) topic(a Action, c *broker.ConnectInfo, topic string) error {
	if !h.asks[a] {
		return nil
	}
	key := answerKey{a, c.ClientID, c.Username, topic}
	now := h.now()
	allowed, known := h.answers.get(key, now)
	if !known {
		if now.UnixNano() < h.pausedUntil.Load() {
			return &Refusal{ReasonError: notAuthorized(a), Cause: errors.New("the hook did not answer a moment ago")}
		}
		var err error
		if allowed, err = h.ask(context.Background(), h.question(a, c, topic)); err != nil {
			h.pausedUntil.Store(h.now().Add(hookPause).UnixNano())
			return &Refusal{ReasonError: notAuthorized(a), Cause: err}
		}
		h.answers.put(key, allowed, now.Add(h.remember))
	}
	if !allowed {
		return &Refusal{ReasonError: notAuthorized(a), Cause: errors.New("the hook denies it")}
	}
	return nil
}

func (h *hook) ask(ctx context.Context, q question) (allowed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	select {
	case h.slot <- struct{}{}:
		defer func() { <-h.slot }()
	case <-ctx.Done():
		return false, errors.New("the hook is busy")
	}
	body, err := json.Marshal(q)
	if err != nil {
		return false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(req)
	if err != nil {
		return false, fmt.Errorf("ask the hook: %w", withoutURL(err))
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, hookResponse) // so that the connection can be used again
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return true, nil
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		return false, nil
	}
	return false, fmt.Errorf("the hook answers with status %d", res.StatusCode)
}

// withoutURL takes the URL, which may hold a password, out of an error.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// maxAnswers is how many answers are remembered.
const maxAnswers = 16_384

type answerKey struct {
	action             Action
	client, user, name string
}

type answer struct {
	allowed bool
	until   time.Time
}

// answers are what the hook said lately. The zero value is empty.
type answers struct {
	mu  sync.Mutex // guards all
	all map[answerKey]answer
}

func (s *answers) get(k answerKey, now time.Time) (allowed, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.all[k]
	return a.allowed, ok && now.Before(a.until)
}

func (s *answers) put(k answerKey, allowed bool, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= maxAnswers {
		s.all = map[answerKey]answer{}
	}
	s.all[k] = answer{allowed, until}
}
