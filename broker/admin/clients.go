package admin

import (
	"encoding/base64"
	"net/http"
	"time"

	"mqt/broker"
)

// session is a client in answers.
type session struct {
	ID            text   `json:"id"`
	Connected     bool   `json:"connected"`
	Username      text   `json:"username,omitempty"`
	Remote        text   `json:"remote,omitempty"`
	Version       string `json:"protocol_version,omitempty"`
	KeepAlive     int64  `json:"keep_alive_seconds"`
	SessionExpiry uint32 `json:"session_expiry_seconds"`
	Subscriptions int    `json:"subscriptions"`
	Inflight      int    `json:"inflight"`
	Queued        int    `json:"queued"`
	QueuedBytes   int    `json:"queued_bytes"`
}

func describe(c broker.ClientInfo) session {
	out := session{
		ID: text(c.ID), Connected: c.Connected, Username: text(c.Username), Remote: text(c.Remote),
		KeepAlive: int64(c.KeepAlive.Round(time.Second) / time.Second), SessionExpiry: c.SessionExpiry,
		Subscriptions: c.Subscriptions, Inflight: c.Inflight, Queued: c.Queued, QueuedBytes: c.QueuedBytes,
	}
	if c.Version != 0 {
		out.Version = c.Version.String()
	}
	return out
}

func (a *api) listClients(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r, "limit", "after")
	if err != nil {
		return err
	}
	limit, err := pageLimit.in(q)
	if err != nil {
		return err
	}
	list, next := page(a.Server.Clients(), limit, q.Get("after"), func(c broker.ClientInfo) string { return c.ID })
	out := struct {
		Clients []session `json:"clients"`
		Next    text      `json:"next,omitempty"`
	}{make([]session, 0, len(list)), text(next)}
	for _, c := range list {
		out.Clients = append(out.Clients, describe(c))
	}
	return a.reply(w, r, out)
}

func (a *api) showClient(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseQuery(r); err != nil {
		return err
	}
	c, ok := a.Server.Client(r.PathValue("id"))
	if !ok {
		return noClient(r)
	}
	return a.reply(w, r, describe(c))
}

// kickClient disconnects a client; its session stays as long as it asked for.
func (a *api) kickClient(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseQuery(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if !a.Server.Kick(id) {
		if _, ok := a.Server.Client(id); !ok {
			return noClient(r)
		}
		return &problem{Status: http.StatusConflict, Detail: text("client " + id + " is not connected"),
			Hint: "nothing to do: only its session is kept, until it expires"}
	}
	a.changed(r, "client disconnected over http", "client", id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// changed logs a change with who made it.
func (a *api) changed(r *http.Request, msg string, attrs ...any) {
	if user, _, ok := r.BasicAuth(); ok && a.Auth != nil {
		attrs = append(attrs, "user", user)
	}
	a.log.Info(msg, append(attrs, "remote", r.RemoteAddr)...)
}

func noClient(r *http.Request) error {
	return &problem{Status: http.StatusNotFound, Detail: text("there is no client " + r.PathValue("id")),
		Hint: "see /api/v1/clients for those there are; write / in a client identifier as %2F"}
}

// subscription is a subscription in answers.
type subscription struct {
	Client text `json:"client"`
	Filter text `json:"filter"`
	QoS    int  `json:"qos"`
}

// subscriptionKey orders subscriptions; neither part can contain NUL.
func subscriptionKey(s broker.SubscriptionInfo) string {
	return s.ClientID + "\x00" + s.Filter.String()
}

func (a *api) listSubscriptions(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r, "client", "limit", "after")
	if err != nil {
		return err
	}
	limit, err := pageLimit.in(q)
	if err != nil {
		return err
	}
	after, err := base64.RawURLEncoding.DecodeString(q.Get("after"))
	if err != nil {
		return invalid("after is not from an earlier answer", "use the value of next as it was")
	}
	all := a.Server.Subscriptions()
	if q.Has("client") {
		all = ofClient(all, q.Get("client"))
	}
	list, next := page(all, limit, string(after), subscriptionKey)
	out := struct {
		Subscriptions []subscription `json:"subscriptions"`
		Next          string         `json:"next,omitempty"`
	}{make([]subscription, 0, len(list)), base64.RawURLEncoding.EncodeToString([]byte(next))}
	for _, s := range list {
		out.Subscriptions = append(out.Subscriptions, subscription{text(s.ClientID), text(s.Filter.String()), int(s.QoS)})
	}
	return a.reply(w, r, out)
}

func ofClient(all []broker.SubscriptionInfo, id string) []broker.SubscriptionInfo {
	var out []broker.SubscriptionInfo
	for _, s := range all {
		if s.ClientID == id {
			out = append(out, s)
		}
	}
	return out
}
