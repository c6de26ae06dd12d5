package admin

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mqt/broker"
	"mqt/internal/client"
	"mqt/internal/mqtt"
)

type clientsPage struct {
	Clients []seenClient `json:"clients"`
	Next    string       `json:"next"`
}

// seenClient is the description of a client, as another program sees it.
type seenClient struct {
	ID            string `json:"id"`
	Connected     bool   `json:"connected"`
	Username      string `json:"username"`
	Remote        string `json:"remote"`
	Version       string `json:"protocol_version"`
	KeepAlive     int    `json:"keep_alive_seconds"`
	SessionExpiry uint32 `json:"session_expiry_seconds"`
	Subscriptions int    `json:"subscriptions"`
	Inflight      int    `json:"inflight"`
	Queued        int    `json:"queued"`
	QueuedBytes   int    `json:"queued_bytes"`
}

func TestClients(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	f.connect(t, client.Options{ClientID: "b", Version: mqtt.V5}, "x/#", "y")
	f.connect(t, client.Options{ClientID: "c/d e", Version: mqtt.V311, CleanStart: true, KeepAlive: -1})
	f.away(t, "a", "x/+")
	if err := f.srv.Publish(mqtt.Message{Topic: "x/1", Payload: []byte("123"), QoS: 1}); err != nil {
		t.Fatal(err)
	}
	a := seenClient{ID: "a", SessionExpiry: 0xFFFFFFFF, Subscriptions: 1, Queued: 1, QueuedBytes: 6}
	b := seenClient{ID: "b", Connected: true, Version: "5", KeepAlive: 60, Subscriptions: 2}
	cd := seenClient{ID: "c/d e", Connected: true, Version: "3.1.1"}
	f.until(t, "b has acknowledged", func() bool { info, _ := f.srv.Client("b"); return info.Inflight == 0 })
	tests := []struct {
		target string
		want   clientsPage
	}{
		{"/api/v1/clients", clientsPage{Clients: []seenClient{a, b, cd}}},
		{"/api/v1/clients?limit=1", clientsPage{Clients: []seenClient{a}, Next: "a"}},
		{"/api/v1/clients?limit=1&after=a", clientsPage{Clients: []seenClient{b}, Next: "b"}},
		{"/api/v1/clients?limit=1&after=b", clientsPage{Clients: []seenClient{cd}}},
		{"/api/v1/clients?after=aa", clientsPage{Clients: []seenClient{b, cd}}},
		{"/api/v1/clients?after=z", clientsPage{Clients: []seenClient{}}},
	}
	for _, tc := range tests {
		got := decode[clientsPage](t, f.get(t, tc.target))
		for i := range got.Clients {
			if got.Clients[i].Connected == (got.Clients[i].Remote == "") {
				t.Errorf("GET %s has remote %q of %s", tc.target, got.Clients[i].Remote, got.Clients[i].ID)
			}
			got.Clients[i].Remote = ""
		}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("GET %s = %+v, want %+v", tc.target, got, tc.want)
		}
	}
	one := decode[seenClient](t, f.get(t, "/api/v1/clients/c%2Fd%20e"))
	if one.Remote = ""; one != cd {
		t.Errorf("GET c%%2Fd%%20e = %+v, want %+v", one, cd)
	}
}

func TestKick(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	f.away(t, "away")
	for _, id := range []string{"a", "a/b", "..", "ü%"} {
		c := f.connect(t, client.Options{ClientID: id, Version: mqtt.V5})
		target := "/api/v1/clients/" + strings.NewReplacer("%", "%25", "/", "%2F", "..", "%2E%2E").Replace(id)
		if got := f.do(t, request{method: "DELETE", target: target}); got.status != 204 || got.body != "" {
			t.Fatalf("DELETE %s = %d %s, want 204", target, got.status, got.body)
		}
		<-c.Done()
		if err := c.Err(); err == nil || !strings.Contains(err.Error(), "administrative action") {
			t.Errorf("the client %q saw %v, want administrative action", id, err)
		}
	}
	if got := f.do(t, request{method: "DELETE", target: "/api/v1/clients/away"}); got.status != 409 {
		t.Errorf("DELETE of a client that is away = %d, want 409", got.status)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if got := f.do(t, request{method: method, target: "/api/v1/clients/nobody"}); got.status != 404 {
			t.Errorf("%s of nobody = %d, want 404", method, got.status)
		}
	}
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	f.connect(t, client.Options{ClientID: "b"}, "z", "$share/g/x/#")
	f.connect(t, client.Options{ClientID: "a"}, "y")
	type entry struct {
		Client string `json:"client"`
		Filter string `json:"filter"`
		QoS    int    `json:"qos"`
	}
	type list struct {
		Subscriptions []entry `json:"subscriptions"`
		Next          string  `json:"next"`
	}
	y, x, z := entry{"a", "y", 1}, entry{"b", "$share/g/x/#", 1}, entry{"b", "z", 1}
	tests := []struct {
		query string
		want  []entry
	}{
		{"?limit=1000", []entry{y, x, z}},
		{"?limit=2", []entry{y, x, z}}, // two pages
		{"?limit=1", []entry{y, x, z}},
		{"?limit=1&client=b", []entry{x, z}},
		{"?client=nobody", []entry{}},
		{"?client=", []entry{}},
	}
	for _, tc := range tests {
		got, after := []entry{}, ""
		for {
			l := decode[list](t, f.get(t, "/api/v1/subscriptions"+tc.query+after))
			got = append(got, l.Subscriptions...)
			if l.Next == "" {
				break
			}
			after = "&after=" + l.Next
		}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("GET %s, all pages = %+v, want %+v", tc.query, got, tc.want)
		}
	}
}

func TestWrongQueries(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	for _, target := range []string{
		"/api/v1/clients?limt=1", "/api/v1/clients?limit=0", "/api/v1/clients?limit=1001", "/api/v1/clients?limit=-1", "/api/v1/clients?limit=",
		"/api/v1/clients?limit=1&limit=2", "/api/v1/clients?a;b", "/api/v1/clients?after=%zz", "/api/v1/clients/x?limit=1",
		"/api/v1/subscriptions?after=!", "/api/v1/subscriptions?filter=x",
		"/api/v1/retained?filter=a%23", "/api/v1/retained?filter=", "/api/v1/retained?filter=$share/g/a", "/api/v1/retained?topic=a",
		"/api/v1/retained/message", "/api/v1/retained/message?topic=%23", "/api/v1/retained/message?topic=$share/g/a",
		"/api/v1/topics?prefix=%2B", "/api/v1/topics?prefix=$share", "/api/v1/topics?depth=21", "/api/v1/topics?depth=0",
		"/api/v1/config?x", "/api/v1/version?x", "/api/v1/openapi.json?x",
	} {
		got := f.do(t, request{method: "GET", target: target})
		if got.status != 400 || decode[problem](t, got.body).Hint == "" {
			t.Errorf("GET %s = %d %s, want 400 with a hint", target, got.status, got.body)
		}
	}
}

// TestTextIsSafe: control characters of a client do not reach a terminal.
func TestTextIsSafe(t *testing.T) {
	t.Parallel()
	list := []broker.ClientInfo{{ID: "a\u009b31m\x7f"}}
	got, err := text(list[0].ID).MarshalJSON()
	if want := `"a\u009b31m\u007f"`; err != nil || string(got) != want {
		t.Errorf("MarshalJSON(%q) = %s, %v, want %s", list[0].ID, got, err, want)
	}
	f := serve(t, Options{})
	f.retain(t, "x/\u009b", "\u009b")
	for _, target := range []string{"/api/v1/retained", "/api/v1/topics", "/api/v1/retained/message?topic=x/%C2%9b", "/api/v1/retained?filter=x/%C2%9b&limit=1"} {
		if body := f.get(t, target); strings.ContainsRune(body, '\u009b') || !strings.Contains(body, `\u009b`) {
			t.Errorf("GET %s = %q, want U+009B escaped", target, body)
		}
	}
	if got := f.do(t, request{method: "GET", target: "/api/v1/clients/%C2%9b"}); strings.ContainsRune(got.body, '\u009b') {
		t.Errorf("GET of an unknown client = %q, want U+009B escaped", got.body)
	}
}

func TestPagesMakeTheList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, limit := rapid.IntRange(0, 30).Draw(t, "n"), rapid.IntRange(1, 10).Draw(t, "limit")
		var list, got []string
		for i := range n {
			list = append(list, fmt.Sprintf("%03d", i))
		}
		for after, more := "", true; more; {
			var part []string
			part, after = page(list, limit, after, func(s string) string { return s })
			if len(part) > limit {
				t.Fatalf("page has %d elements, want at most %d", len(part), limit)
			}
			got = append(got, part...)
			more = after != ""
		}
		if !reflect.DeepEqual(got, list) {
			t.Fatalf("pages of %d = %v, want %v", limit, got, list)
		}
	})
}
