package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

type messagePage struct {
	Messages []struct {
		Topic   string `json:"topic"`
		QoS     int    `json:"qos"`
		Retain  bool   `json:"retain"`
		Payload string `json:"payload"`
	} `json:"messages"`
	Next string `json:"next"`
}

func TestListRetained(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	for _, topic := range []string{"a", "a/b", "a/c/d", "b", "$x/y"} {
		f.retain(t, topic, "1")
	}
	tests := []struct {
		query, want, next string
	}{
		{"", "a a/b a/c/d b", ""},
		{"?filter=a/%2B", "a/b", ""},
		{"?filter=a/%23&limit=2", "a a/b", "a/b"},
		{"?filter=a/%23&limit=2&after=a/b", "a/c/d", ""},
		{"?filter=$x/%23", "$x/y", ""},
		{"?filter=nothing", "", ""},
	}
	for _, tc := range tests {
		p := decode[messagePage](t, f.get(t, "/api/v1/retained"+tc.query))
		var topics []string
		for _, m := range p.Messages {
			topics = append(topics, m.Topic)
		}
		if got := strings.Join(topics, " "); got != tc.want || p.Next != tc.next || p.Messages == nil {
			t.Errorf("GET %s = %q, next %q, want %q, %q", tc.query, got, p.Next, tc.want, tc.next)
		}
	}
}

// TestLargeMessagesEndAPage: an answer holds no more than about 4 MiB.
func TestLargeMessagesEndAPage(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	large := strings.Repeat("x", maxPageBytes/2)
	for i := range 5 {
		f.retain(t, fmt.Sprintf("t/%d", i), large)
	}
	var pages []int
	for after, more := "", true; more; {
		p := decode[messagePage](t, f.get(t, "/api/v1/retained?after="+after))
		pages = append(pages, len(p.Messages))
		after, more = p.Next, p.Next != ""
	}
	if want := []int{2, 2, 1}; !reflect.DeepEqual(pages, want) {
		t.Errorf("pages have %v messages, want %v", pages, want)
	}
}

func TestRetainedMessage(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	m := mqtt.Message{Topic: "a//b c", Payload: []byte{0xff, 0}, QoS: 1, Retain: true}
	m.Props.SetText(mqtt.PropCorrelationData, "\x00")
	m.Props.AddUser("k", "v")
	if err := f.srv.Publish(m); err != nil {
		t.Fatal(err)
	}
	target := "/api/v1/retained/message?topic=" + url.QueryEscape(m.Topic)
	want := `{"topic":"a//b c","qos":1,"retain":true,"payload_base64":"/wA=","properties":[` +
		`{"name":"correlation-data","value_base64":"AA=="},{"name":"user-property","key":"k","value":"v"}]}`
	if got := strings.TrimSpace(f.get(t, target)); got != want {
		t.Errorf("GET %s = %s, want %s", target, got, want)
	}
	seen := make(chan mqtt.Message, 8)
	cancel, err := f.srv.Subscribe(filter(t, "a/#"), func(m mqtt.Message) { seen <- m })
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	<-seen // the retained one
	for _, status := range []int{204, 404} {
		if got := f.do(t, request{method: "DELETE", target: target}); got.status != status {
			t.Errorf("DELETE %s = %d %s, want %d", target, got.status, got.body, status)
		}
	}
	if m := <-seen; m.Topic != "a//b c" || len(m.Payload) != 0 {
		t.Errorf("subscribers saw %+v, want an empty message", m)
	}
	if got := f.do(t, request{method: "GET", target: target}); got.status != 404 {
		t.Errorf("GET %s after DELETE = %d, want 404", target, got.status)
	}
	if got := f.retained(t); got != "" {
		t.Errorf("retained after DELETE = %s, want nothing", got)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       int
		retained   string // afterwards
		says       string // in the answer
	}{
		{"text", `{"topic":"a/b","payload":"21.5","qos":2,"retain":true}`, 204, "a/b=21.5", ""},
		{"base64", `{"topic":"a","payload_base64":"aGk=","retain":true}`, 204, "a=hi", ""},
		{"object", `{"topic":"a","payload":{"x": 1},"retain":true}`, 204, `a={"x": 1}`, ""},
		{"a line of sub", `{"time":"2026-11-20T23:32:29.6Z","topic":"a","qos":1,"retain":true,"dup":true,"mid":7,"payload":"1","properties":[{"name":"content-type","value":"text/plain"}]}`, 204, "a=1", ""},
		{"not retained", `{"topic":"a","payload":"1"}`, 204, "", ""},
		{"removed", `{"topic":"kept","retain":true}`, 204, "", ""},
		{"unknown field", `{"topic":"a","pyload":"1","retain":true}`, 400, "", `field \"pyload\" is unknown`},
		{"twice", `{"topic":"a","payload":"1","payload_base64":"aGk="}`, 400, "", "there twice"},
		{"not JSON", `topic=a`, 400, "", "not valid JSON"},
		{"two values", `{"topic":"a"}{"topic":"b"}`, 400, "", "not valid JSON"},
		{"array", `[{"topic":"a"}]`, 400, "", "not a JSON object"},
		{"empty", ``, 400, "", "not valid JSON"},
		{"wildcard", `{"topic":"a/#"}`, 400, "", "wildcard"},
		{"no topic", `{"payload":"x"}`, 400, "", "empty"},
		{"QoS", `{"topic":"a","qos":3}`, 400, "", "from 0 to 2"},
		{"the server's", `{"topic":"$SYS/x","payload":"1"}`, 400, "", "belongs to the server"},
		{"alias", `{"topic":"a","properties":[{"name":"topic-alias","value":1}]}`, 400, "", "belong to a connection"},
		{"property of CONNECT", `{"topic":"a","properties":[{"name":"receive-maximum","value":1}]}`, 400, "", "publish: "},
		{"too large", `{"topic":"a","payload":"` + strings.Repeat("x", maxBody) + `"}`, 413, "", "larger than"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, Options{})
			got := f.do(t, request{method: "POST", target: "/api/v1/publish", header: jsonType, body: tc.body})
			if got.status != tc.want || !strings.Contains(got.body, tc.says) {
				t.Fatalf("POST %.80s = %d %s, want %d %s", tc.body, got.status, got.body, tc.want, tc.says)
			}
			if kept := f.retained(t); kept != tc.retained {
				t.Errorf("retained after POST %.80s = %s, want %s", tc.body, kept, tc.retained)
			}
		})
	}
}

func TestPublishReachesSubscribers(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	seen := make(chan mqtt.Message, 1)
	cancel, err := f.srv.Subscribe(filter(t, "a/#"), func(m mqtt.Message) { seen <- m })
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	f.do(t, request{method: "POST", target: "/api/v1/publish", header: jsonType,
		body: `{"topic":"a/b","payload":"x","qos":1,"properties":[{"name":"user-property","key":"k","value":"v"}]}`})
	m := <-seen
	want := mqtt.Message{Topic: "a/b", Payload: []byte("x"), QoS: 1, Props: mqtt.Properties{{ID: mqtt.PropUser, Key: "k", Value: "v"}}, Received: m.Received}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("subscriber saw %+v, want %+v", m, want)
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	for _, topic := range []string{"a", "a/b/c", "a/b/d", "a/b/d/e/f", "a-b", "/x", "z/", "$sys/x"} {
		f.retain(t, topic, "1")
	}
	const (
		ab    = `{"level":"a-b","topic":"a-b","retained":true,"messages":1}`
		xNode = `{"level":"x","topic":"/x","retained":true,"messages":1}`
		zNode = `{"level":"","topic":"z/","retained":true,"messages":1}`
		c     = `{"level":"c","topic":"a/b/c","retained":true,"messages":1}`
	)
	tests := []struct {
		name, query, want string
	}{
		{"all of two levels", "?depth=2", `{"level":"","topic":"","retained":false,"messages":7,"children":[` +
			`{"level":"","topic":"","retained":false,"messages":1,"children":[` + xNode + `]},` +
			`{"level":"a","topic":"a","retained":true,"messages":4,"children":[{"level":"b","topic":"a/b","retained":false,"messages":3,"omitted":2}]},` +
			ab + `,{"level":"z","topic":"z","retained":false,"messages":1,"children":[` + zNode + `]}]}`},
		{"few", "?limit=3", `{"level":"","topic":"","retained":false,"messages":7,"children":[` +
			`{"level":"","topic":"","retained":false,"messages":1,"omitted":1},` +
			`{"level":"a","topic":"a","retained":true,"messages":4,"omitted":1},` + ab + `],"omitted":1}`},
		{"prefix", "?prefix=a/b", `{"level":"a/b","topic":"a/b","retained":false,"messages":3,"children":[` + c +
			`,{"level":"d","topic":"a/b/d","retained":true,"messages":2,"children":[{"level":"e","topic":"a/b/d/e","retained":false,"messages":1,` +
			`"children":[{"level":"f","topic":"a/b/d/e/f","retained":true,"messages":1}]}]}]}`},
		{"empty level", "?prefix=", `{"level":"","topic":"","retained":false,"messages":1,"children":[` + xNode + `]}`},
		{"empty last level", "?prefix=z/", `{"level":"z/","topic":"z/","retained":true,"messages":1}`},
		{"nothing there", "?prefix=q", `{"level":"q","topic":"q","retained":false,"messages":0}`},
		{"$", "?prefix=$sys", `{"level":"$sys","topic":"$sys","retained":false,"messages":1,"children":[{"level":"x","topic":"$sys/x","retained":true,"messages":1}]}`},
	}
	for _, tc := range tests {
		if got := compact(t, f.get(t, "/api/v1/topics"+tc.query)); got != tc.want {
			t.Errorf("%s: GET %s = %s, want %s", tc.name, tc.query, got, tc.want)
		}
	}
}

func TestConfigAndVersion(t *testing.T) {
	t.Parallel()
	type config struct {
		Listen []string `json:"listen"`
	}
	f := serve(t, Options{Version: "1.2.3", Config: config{[]string{"mqtt://<x>"}}})
	if got, want := f.get(t, "/api/v1/config"), `{"listen":["mqtt://<x>"]}`+"\n"; got != want {
		t.Errorf("config = %s, want %s", got, want)
	}
	if got := f.get(t, "/api/v1/version"); !strings.HasPrefix(got, `{"version":"1.2.3","go_version":"go`) {
		t.Errorf("version = %s, want 1.2.3", got)
	}
	if got, want := serve(t, Options{}).get(t, "/api/v1/config"), "{}\n"; got != want {
		t.Errorf("config without one = %s, want %s", got, want)
	}
	broken := serve(t, Options{Config: func() {}})
	got := broken.do(t, request{method: "GET", target: "/api/v1/config"})
	if got.status != http.StatusInternalServerError || !strings.Contains(broken.log.String(), "unsupported type") {
		t.Errorf("config that has no JSON = %d %s, log %s, want 500 and why in the log", got.status, got.body, broken.log)
	}
}
