package report

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func scrape(m *Metrics) string {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	var m Metrics
	if got := scrape(&m); got != "" {
		t.Errorf("metrics of no run: %s", got)
	}
	for _, s := range course()[:30] {
		if err := m.Watch(s); err != nil {
			t.Fatal(err)
		}
	}
	got := scrape(&m)
	golden(t, "metrics", got)
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}
