package bench

import (
	"reflect"
	"testing"

	"mqt/bench/internal/load"
	"mqt/bench/result"
)

func TestPopulate(t *testing.T) {
	t.Parallel()
	users := func(n int) (string, string) { return "u" + string(rune('0'+n)), "p" }
	for _, tc := range []struct {
		name string
		c    Config
		want []load.Client
	}{
		{"p2p", Config{Scenario: "p2p", Clients: Clients{Publishers: 2, Subscribers: 2, First: 5}}, []load.Client{
			{Role: "subscriber", Number: 7, ID: "bs5", Filters: []string{"b/p2p/5"}},
			{Role: "subscriber", Number: 8, ID: "bs6", Filters: []string{"b/p2p/6"}},
			{Role: "publisher", Number: 5, ID: "bp5", Topic: "b/p2p/5"},
			{Role: "publisher", Number: 6, ID: "bp6", Topic: "b/p2p/6"},
		}},
		{"a segment", Config{Scenario: "pub", Clients: Clients{Publishers: 5}, Segment: &result.Segment{Index: 2, Of: 2}}, []load.Client{
			{Role: "publisher", Number: 2, ID: "b2", Topic: "b/pub/2"},
			{Role: "publisher", Number: 3, ID: "b3", Topic: "b/pub/3"},
			{Role: "publisher", Number: 4, ID: "b4", Topic: "b/pub/4"},
		}},
		{"placeholders", Config{Scenario: "pub", Clients: Clients{Publishers: 1, Credentials: users}, Load: Workload{Topic: "%u/%c/%i/%s"}}, []load.Client{
			{Role: "publisher", Number: 0, ID: "b0", Topic: "u0/b0/0/%s"},
		}},
		{"share", Config{Scenario: "share", Clients: Clients{Publishers: 1, Subscribers: 2}}, []load.Client{
			{Role: "subscriber", Number: 1, ID: "bs0", Filters: []string{"$share/b/b/share/+"}, Group: 1},
			{Role: "subscriber", Number: 2, ID: "bs1", Filters: []string{"$share/b/b/share/+"}, Group: 1},
			{Role: "publisher", Number: 0, ID: "bp0", Topic: "b/share/0"},
		}},
		{"rr", Config{Scenario: "rr", Clients: Clients{Publishers: 2, Subscribers: 1}}, []load.Client{
			{Role: "subscriber", Number: 2, ID: "bs0", Filters: []string{"b/rr/0"}, Respond: true},
			{Role: "publisher", Number: 0, ID: "bp0", Topic: "b/rr/0", Filters: []string{"b/rr/answer/0"}, Request: true},
			{Role: "publisher", Number: 1, ID: "bp1", Topic: "b/rr/0", Filters: []string{"b/rr/answer/1"}, Request: true},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, ok := lookup(tc.c.Scenario)
			if !ok {
				t.Fatalf("no scenario %s", tc.c.Scenario)
			}
			tc.c.Clients.Prefix, tc.c.Clients.ShortIDs = "b", true
			if got := populate(tc.c.withDefaults(s), s); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("populate = %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestSegmentsShareTheSchedule(t *testing.T) {
	t.Parallel()
	whole := steady(1000)
	seen := map[int64]int{}
	for first := range uint64(3) {
		part := slice{whole, first, 3}
		n := part.Count(1e9)
		for i := range n {
			seen[int64(part.Due(i))]++
			if got := part.Count(part.Due(i)); got != i {
				t.Errorf("segment %d: Count(Due(%d)) = %d", first, i, got)
			}
		}
	}
	if len(seen) != 1000 {
		t.Errorf("three segments have %d messages, want 1000 at times of their own", len(seen))
	}
}

func TestRunRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	target := Target{URLs: []string{"mqtt://127.0.0.1:1"}}
	for name, c := range map[string]Config{
		"scenario":    {Scenario: "none", Target: target},
		"no broker":   {Scenario: "pub"},
		"URL":         {Scenario: "pub", Target: Target{URLs: []string{"gopher://x"}}},
		"subscribers": {Scenario: "p2p", Target: target, Clients: Clients{Publishers: 1}},
		"version":     {Scenario: "rr", Target: Target{URLs: target.URLs, Version: 4}},
		"segment":     {Scenario: "pub", Target: target, Segment: &result.Segment{Index: 3, Of: 2}},
		"size":        {Scenario: "pub", Target: target, Load: Workload{Sizes: []Size{{8, 1}}}},
		"duration":    {Scenario: "pub", Target: target, Duration: -1},
	} {
		if r, err := Run(t.Context(), c); err == nil {
			t.Errorf("%s: Run = %+v, want an error", name, r)
		}
	}
}
