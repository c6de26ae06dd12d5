package admin

import (
	"fmt"
	"maps"
	"mime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mqt/internal/client"
)

// operation is a method of a path in openapi.json.
type operation struct {
	name string // such as "GET /healthz"
	doc  map[string]any
}

func operations(t testing.TB, s schemas) []operation {
	t.Helper()
	var out []operation
	for path, item := range s.document["paths"].(map[string]any) {
		for method, doc := range item.(map[string]any) {
			out = append(out, operation{strings.ToUpper(method) + " " + path, doc.(map[string]any)})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.name, b.name) })
	return out
}

func loadDescription(t testing.TB) schemas {
	t.Helper()
	return schemas{parse(t, string(description)).(map[string]any)}
}

// TestDescriptionHasEveryRoute compares the description with the routes, both
// ways.
func TestDescriptionHasEveryRoute(t *testing.T) {
	t.Parallel()
	var described, served, opened, ids []string
	for _, o := range operations(t, loadDescription(t)) {
		described = append(described, o.name)
		if security, ok := o.doc["security"]; ok && fmt.Sprint(security) == "[map[]]" {
			opened = append(opened, o.name)
		}
		ids = append(ids, o.doc["operationId"].(string))
	}
	for _, rt := range open {
		served = append(served, rt.method+" "+rt.path)
	}
	if !slices.Equal(opened, served) {
		t.Errorf("described without login: %q, served without: %q", opened, served)
	}
	for _, rt := range closed {
		served = append(served, rt.method+" "+rt.path)
	}
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described %q,\nserved %q", described, served)
	}
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != len(described) {
		t.Errorf("%d operations have %d names", len(described), n)
	}
}

// TestDescriptionParameters: each parameter that is described is accepted, and
// path parameters are those of the path.
func TestDescriptionParameters(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	values := map[string]string{"limit": "7", "depth": "2", "after": "YQ", "filter": "a", "topic": "a", "prefix": "a", "client": "a"}
	for _, o := range operations(t, loadDescription(t)) {
		method, path, _ := strings.Cut(o.name, " ")
		query := "?"
		inPath := 0
		params, _ := o.doc["parameters"].([]any)
		for _, p := range params {
			p := p.(map[string]any)
			name := p["name"].(string)
			if p["in"] == "path" {
				inPath++
				if !strings.Contains(path, "{"+name+"}") {
					t.Errorf("%s: %s is not in the path", o.name, name)
				}
				continue
			}
			if values[name] == "" {
				t.Errorf("%s: this test has no value for parameter %s", o.name, name)
			}
			query += name + "=" + values[name] + "&"
		}
		if n := strings.Count(path, "{"); n != inPath {
			t.Errorf("%s: %d path parameters are described, want %d", o.name, inPath, n)
		}
		if method == "GET" {
			if got := f.do(t, request{method: method, target: strings.ReplaceAll(path, "{id}", "x") + query}); got.status == 400 {
				t.Errorf("%s%s = %d %s, want it accepted", o.name, query, got.status, got.body)
			}
		}
	}
}

// content is a body of a request or an answer in the description.
type content struct {
	where, mediaType string
	schema, example  any
}

func contents(t testing.TB, s schemas) []content {
	t.Helper()
	var out []content
	add := func(where string, v any) {
		m, err := s.resolve(v)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		if m["description"] == "" {
			t.Errorf("%s has no description", where)
		}
		list, _ := m["content"].(map[string]any)
		for mediaType, c := range list {
			c := c.(map[string]any)
			if c["schema"] == nil || c["example"] == nil {
				t.Errorf("%s has no schema or no example", where)
			}
			out = append(out, content{where, mediaType, c["schema"], c["example"]})
		}
	}
	for _, o := range operations(t, s) {
		if o.doc["requestBody"] != nil {
			add(o.name, o.doc["requestBody"])
		}
		for status, v := range o.doc["responses"].(map[string]any) {
			add(o.name+" "+status, v)
		}
	}
	return out
}

func TestDescriptionExamples(t *testing.T) {
	t.Parallel()
	s := loadDescription(t)
	all := contents(t, s)
	if len(all) < 20 {
		t.Fatalf("found %d bodies: the walk is broken", len(all))
	}
	for _, c := range all {
		if err := s.check(c.schema, c.example); err != nil {
			t.Errorf("%s: the example: %v", c.where, err)
		}
	}
	used := string(description)
	for name := range s.document["components"].(map[string]any)["schemas"].(map[string]any) {
		if !strings.Contains(used, `"#/components/schemas/`+name+`"`) {
			t.Errorf("schema %s is not used", name)
		}
	}
}

// exchanges are requests that together get every answer of the description but
// those that another login or origin needs.
var exchanges = []struct {
	operation, target string
	body, contentType string
	want              int
}{
	{"GET /healthz", "/healthz", "", "", 200},
	{"GET /readyz", "/readyz", "", "", 200},
	{"GET /metrics", "/metrics", "", "", 200},
	{"GET /api/v1/clients", "/api/v1/clients?limit=1", "", "", 200},
	{"GET /api/v1/clients", "/api/v1/clients?x", "", "", 400},
	{"GET /api/v1/clients/{id}", "/api/v1/clients/c", "", "", 200},
	{"GET /api/v1/clients/{id}", "/api/v1/clients/c?x", "", "", 400},
	{"GET /api/v1/clients/{id}", "/api/v1/clients/x", "", "", 404},
	{"GET /api/v1/subscriptions", "/api/v1/subscriptions?limit=1", "", "", 200},
	{"GET /api/v1/subscriptions", "/api/v1/subscriptions?x", "", "", 400},
	{"GET /api/v1/topics", "/api/v1/topics?depth=1", "", "", 200},
	{"GET /api/v1/topics", "/api/v1/topics?x", "", "", 400},
	{"GET /api/v1/config", "/api/v1/config", "", "", 200},
	{"GET /api/v1/config", "/api/v1/config?x", "", "", 400},
	{"GET /api/v1/version", "/api/v1/version", "", "", 200},
	{"GET /api/v1/version", "/api/v1/version?x", "", "", 400},
	{"GET /api/v1/openapi.json", "/api/v1/openapi.json", "", "", 200},
	{"GET /api/v1/openapi.json", "/api/v1/openapi.json?x", "", "", 400},
	{"POST /api/v1/publish", "/api/v1/publish", `{"topic":"a/bin","retain":true,"payload_base64":"/w==","properties":[{"name":"message-expiry-interval","value":60},{"name":"correlation-data","value_base64":"AA=="}]}`, "application/json", 204},
	{"POST /api/v1/publish", "/api/v1/publish", `{}`, "application/json", 400},
	{"POST /api/v1/publish", "/api/v1/publish", strings.Repeat(" ", maxBody+1), "application/json", 413},
	{"POST /api/v1/publish", "/api/v1/publish", `{}`, "text/plain", 415},
	{"GET /api/v1/retained", "/api/v1/retained?limit=2", "", "", 200},
	{"GET /api/v1/retained", "/api/v1/retained?x", "", "", 400},
	{"GET /api/v1/retained/message", "/api/v1/retained/message?topic=a/bin", "", "", 200},
	{"GET /api/v1/retained/message", "/api/v1/retained/message", "", "", 400},
	{"GET /api/v1/retained/message", "/api/v1/retained/message?topic=x", "", "", 404},
	{"DELETE /api/v1/retained/message", "/api/v1/retained/message?topic=a/bin", "", "", 204},
	{"DELETE /api/v1/retained/message", "/api/v1/retained/message", "", "", 400},
	{"DELETE /api/v1/retained/message", "/api/v1/retained/message?topic=x", "", "", 404},
	{"DELETE /api/v1/clients/{id}", "/api/v1/clients/c", "", "", 204},
	{"DELETE /api/v1/clients/{id}", "/api/v1/clients/c?x", "", "", 400},
	{"DELETE /api/v1/clients/{id}", "/api/v1/clients/x", "", "", 404},
	{"DELETE /api/v1/clients/{id}", "/api/v1/clients/away", "", "", 409},
}

// TestAnswersAreAsDescribed makes every exchange and compares the answer with
// the description, which must describe no other.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	s := loadDescription(t)
	f := serve(t, Options{Version: "1"})
	f.connect(t, client.Options{ClientID: "c"}, "a", "b")
	f.away(t, "away", "a")
	f.retain(t, "a", "text")
	missing := make(map[string]any)
	for _, o := range operations(t, s) {
		for status, v := range o.doc["responses"].(map[string]any) {
			missing[o.name+" "+status] = v
		}
	}
	for _, x := range exchanges {
		method, _, _ := strings.Cut(x.operation, " ")
		got := f.do(t, request{method: method, target: x.target, body: x.body, header: [][2]string{{"Content-Type", x.contentType}}})
		if got.status != x.want {
			t.Errorf("%s %s = %d %s, want %d", method, x.target, got.status, got.body, x.want)
			continue
		}
		name := x.operation + " " + strconv.Itoa(x.want)
		if missing[name] == nil {
			t.Errorf("%s is not described, or asked for twice", name)
			continue
		}
		if err := s.answer(missing[name], got); err != nil {
			t.Errorf("%s answers %.200s: %v", name, got.body, err)
		}
		delete(missing, name)
	}
	maps.DeleteFunc(missing, func(name string, _ any) bool {
		return strings.HasSuffix(name, " 401") || strings.HasSuffix(name, " 403") || name == "GET /readyz 503"
	})
	if len(missing) > 0 {
		t.Errorf("described, but in no exchange: %q", slices.Sorted(maps.Keys(missing)))
	}
}

// answer compares an answer with its description.
func (s schemas) answer(described any, got answer) error {
	m, err := s.resolve(described)
	if err != nil {
		return err
	}
	bodies, _ := m["content"].(map[string]any)
	if len(bodies) == 0 {
		if got.body != "" {
			return fmt.Errorf("want no body")
		}
		return nil
	}
	mediaType, params, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if v := params["version"]; v != "" && !strings.HasPrefix(mediaType, "text/") {
		mediaType += ";version=" + v
	}
	body, ok := bodies[mediaType].(map[string]any)
	if !ok {
		return fmt.Errorf("media type %s is not described", mediaType)
	}
	if !strings.Contains(mediaType, "json") {
		return s.check(body["schema"], got.body)
	}
	var v any
	if err := unmarshal(got.body, &v); err != nil {
		return err
	}
	return s.check(body["schema"], v)
}
