package slo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mqt/bench/result"
)

// knee is a broker that meets its threshold up to a rate, which differs a
// little from trial to trial.
type knee struct {
	at     float64
	noise  float64 // part of at
	limit  float64 // of the generator; 0 is none
	chance float64 // of a trial to fail whatever the rate
	busy   bool    // something else has the machine
	dice   *rand.Rand
	rates  []float64
}

func (k *knee) trial(_ context.Context, rate float64) (*result.Result, error) {
	k.rates = append(k.rates, rate)
	at := k.at
	if k.noise > 0 {
		at *= 1 + k.noise*(2*k.dice.Float64()-1)
	}
	if k.chance > 0 && k.dice.Float64() < k.chance {
		at = 0
	}
	r := &result.Result{
		Verdict: result.Verdict{Generator: result.OK, Passed: new(rate <= at)},
		Latency: map[string]result.Dist{result.Response: {Count: 1, P50: 1, P99: 2, P999: 3}},
	}
	if k.limit > 0 && rate > k.limit {
		r.Verdict.Generator, r.Verdict.Reasons = result.Limited, []string{"it was slow"}
	}
	if k.busy {
		r.Verdict.Disturbed = []string{"others were busy"}
	}
	return r, nil
}

func TestFindMaxBrackets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := &knee{
			at:    rapid.Float64Range(5, 10_000_000).Draw(t, "knee"),
			noise: rapid.SampledFrom([]float64{0, 0.001, 0.02}).Draw(t, "noise"),
			dice:  rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
		}
		s := Search{
			Factor:     rapid.SampledFrom([]float64{0, 1.5, 4}).Draw(t, "factor"),
			Resolution: rapid.SampledFrom([]float64{0, 0.001, 0.1}).Draw(t, "resolution"),
			Trials:     200,
			Trial:      k.trial,
		}
		got, err := s.FindMax(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.Pass == nil || got.Fail == nil || got.Limit {
			t.Fatalf("no bracket: %+v", got)
		}
		pass, fail, resolution := *got.Pass, *got.Fail, s.withDefaults().Resolution
		if low, high := k.at*(1-k.noise), k.at*(1+k.noise); pass > high || fail < low || fail <= pass {
			t.Errorf("bracket [%v, %v], want the knee %v ± %v in it", pass, fail, k.at, k.noise*k.at)
		}
		if fail > pass*(1+resolution) {
			t.Errorf("bracket [%v, %v] is wider than %v", pass, fail, resolution)
		}
		if all := votes(got.Trial); all[pass].passes != 3 || all[fail].fails != 3 {
			t.Errorf("trials at the ends of the bracket: %+v and %+v, want three that agree", all[pass], all[fail])
		}
	})
}

// TestFindMaxBearsChance has a broker that fails one trial of ten whatever the
// rate, as on a machine that stands still at times: of a hundred searches all
// but a few find its limit. When one trial decided, two of five found something
// lower.
func TestFindMaxBearsChance(t *testing.T) {
	t.Parallel()
	found, trials := 0, 0
	for seed := range uint64(100) {
		k := &knee{at: 85_000, noise: 0.02, chance: 0.1, dice: rand.New(rand.NewPCG(seed, 0))}
		got, err := Search{Start: 20_000, Trial: k.trial}.FindMax(t.Context())
		if err == nil && *got.Pass > 0.95*k.at && *got.Fail < 1.05*k.at {
			found++
		}
		trials += len(got.Trial)
	}
	if found < 95 || trials > 2500 {
		t.Errorf("%d of 100 searches found the limit, with %d trials, want 95 or more with 2500 at most", found, trials)
	}
}

// TestFindMaxSteps shows the trials one by one.
func TestFindMaxSteps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		knee  knee
		s     Search
		rates []float64
		pass  *float64
		fail  *float64
		limit bool
		err   error
	}{
		{name: "up", knee: knee{at: 4500}, s: Search{Resolution: 0.3, Confirm: -1},
			rates: []float64{1000, 2000, 4000, 8000, 8000, 5656.9, 5656.9, 4756.8, 4756.8}, pass: new(4000.0), fail: new(4756.8)},
		{name: "confirmed", knee: knee{at: 4500}, s: Search{Resolution: 1, Confirm: 3},
			rates: []float64{1000, 2000, 4000, 8000, 8000, 4000, 4000, 8000}, pass: new(4000.0), fail: new(8000.0)},
		{name: "down", knee: knee{at: 300}, s: Search{Resolution: 0.5, Confirm: -1},
			rates: []float64{1000, 1000, 500, 500, 250, 250, 353.55, 353.55}, pass: new(250.0), fail: new(353.55)},
		{name: "nothing passes", knee: knee{at: 0}, s: Search{Factor: 20},
			rates: []float64{1000, 1000, 50, 50, 2.5, 2.5}, fail: new(2.5)},
		{name: "the highest passes", knee: knee{at: 1e6}, s: Search{Max: 3000},
			rates: []float64{1000, 2000, 3000, 3000, 3000}, pass: new(3000.0)},
		{name: "limited", knee: knee{at: 1e6, limit: 3000},
			rates: []float64{1000, 2000, 4000, 4000, 4000, 2828.4, 3363.6, 3363.6, 3363.6, 3084.4, 3084.4, 3084.4, 2953.6, 3018.3, 3018.3, 3018.3, 2953.6, 2953.6},
			pass:  new(2953.6), limit: true},
		{name: "limited above", knee: knee{at: 1300, limit: 1500}, s: Search{Resolution: 0.1, Confirm: -1},
			rates: []float64{1000, 2000, 2000, 2000, 1414.2, 1414.2, 1189.2, 1189.2, 1296.8, 1296.8}, pass: new(1296.8), fail: new(1414.2)},
		{name: "limited at once", knee: knee{at: 1e6, limit: 1}, rates: []float64{1000, 1000, 1000}, limit: true},
		{name: "limited and failed", knee: knee{at: 10, limit: 20}, rates: []float64{1000, 1000, 1000}, limit: true},
		{name: "trials", knee: knee{at: 4500}, s: Search{Trials: 5},
			rates: []float64{1000, 2000, 4000, 8000, 8000}, pass: new(4000.0), fail: new(8000.0), err: ErrTrials},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.s.Trial = tc.knee.trial
			got, err := tc.s.FindMax(t.Context())
			if !errors.Is(err, tc.err) || !reflect.DeepEqual(tc.knee.rates, tc.rates) {
				t.Errorf("rates %v, error %v, want %v, %v", tc.knee.rates, err, tc.rates, tc.err)
			}
			if !reflect.DeepEqual(got.Pass, tc.pass) || !reflect.DeepEqual(got.Fail, tc.fail) || got.Limit != tc.limit {
				t.Errorf("bracket %s, want %s", bracketText(got.Pass, got.Fail, got.Limit), bracketText(tc.pass, tc.fail, tc.limit))
			}
			if len(got.Trial) != len(tc.rates) || *got.Trial[0].P999 != 3 {
				t.Errorf("trials %+v", got.Trial)
			}
		})
	}
}

func bracketText(pass, fail *float64, limit bool) string {
	show := func(f *float64) string {
		if f == nil {
			return "none"
		}
		return fmt.Sprint(*f)
	}
	return fmt.Sprintf("[%s, %s] limited: %v", show(pass), show(fail), limit)
}

// TestFindMaxMovesItsEnds has a broker of which the first trials told
// something else than the later ones: both ends of the bracket follow.
func TestFindMaxMovesItsEnds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		first, later float64 // the limit in five trials, and then
		rates        []float64
		pass, fail   float64
	}{
		{"down", 4500, 2900, []float64{1000, 2000, 4000, 8000, 8000, 4000, 4000, 2000, 2000, 4000}, 2000, 4000},
		{"up", 4500, 9000, []float64{1000, 2000, 4000, 8000, 8000, 4000, 4000, 8000, 8000, 8000, 16000, 16000, 16000}, 8000, 16000},
	} {
		k := &knee{}
		got, err := Search{Resolution: 1, Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
			k.at = tc.later
			if len(k.rates) < 5 {
				k.at = tc.first
			}
			return k.trial(ctx, rate)
		}}.FindMax(t.Context())
		if err != nil || !reflect.DeepEqual(k.rates, tc.rates) || *got.Pass != tc.pass || *got.Fail != tc.fail {
			t.Errorf("%s: rates %v, bracket %s, error %v, want %v", tc.name, k.rates, bracketText(got.Pass, got.Fail, got.Limit), err, tc.rates)
		}
	}
}

// TestFindMaxLimitedConfirmation has a generator that is the limit at last:
// the rates that have passed and failed before are still known.
func TestFindMaxLimitedConfirmation(t *testing.T) {
	t.Parallel()
	k := &knee{}
	s := Search{Resolution: 1, Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
		k.at, k.limit = 1500, 0
		if len(k.rates) >= 3 {
			k.at, k.limit = 1, 1
		}
		return k.trial(ctx, rate)
	}}
	got, err := s.FindMax(t.Context())
	if err != nil || len(k.rates) != 6 || got.Pass == nil || *got.Pass != 1000 || got.Fail == nil || *got.Fail != 2000 || !got.Limit {
		t.Errorf("rates %v, bracket %s, error %v", k.rates, bracketText(got.Pass, got.Fail, got.Limit), err)
	}
}

// TestFindMaxLimitedKeepsTheFail has a generator that is the limit between a
// rate that passed and one that failed: both were measured.
func TestFindMaxLimitedKeepsTheFail(t *testing.T) {
	t.Parallel()
	k := &knee{at: 5000}
	got, err := Search{Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
		k.limit = 0
		if rate > 4000 && rate < 8000 {
			k.limit = 1
		}
		return k.trial(ctx, rate)
	}}.FindMax(t.Context())
	if err != nil || !reflect.DeepEqual([]*float64{got.Pass, got.Fail}, []*float64{new(4000.0), new(8000.0)}) || !got.Limit {
		t.Errorf("bracket %s, error %v, want [4000, 8000] limited: true", bracketText(got.Pass, got.Fail, got.Limit), err)
	}
}

// TestFindMaxLimitedAtTimes has a generator that is the limit at times: each
// of those trials is made again, and counts for nothing.
func TestFindMaxLimitedAtTimes(t *testing.T) {
	t.Parallel()
	k := &knee{at: 1500}
	got, err := Search{Resolution: 0.5, Confirm: -1, Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
		k.limit = 0
		if n := len(k.rates); n%3 != 2 {
			k.limit = 1
		}
		return k.trial(ctx, rate)
	}}.FindMax(t.Context())
	want := []float64{1000, 1000, 1000, 2000, 2000, 2000, 2000, 2000, 2000, 1414.2, 1414.2, 1414.2, 1414.2, 1414.2, 1414.2}
	if err != nil || !reflect.DeepEqual(k.rates, want) || got.Limit || *got.Pass != 1414.2 || *got.Fail != 2000 {
		t.Errorf("rates %v, bracket %s, error %v, want %v", k.rates, bracketText(got.Pass, got.Fail, got.Limit), err, want)
	}
	if why := got.Trial[0].Discarded; why != "the generator was the limit: it was slow" {
		t.Errorf("the first trial is discarded because %q", why)
	}
}

// TestFindMaxDisturbed has a machine on which others are busy: what passes
// nevertheless counts, what fails is made again, three times.
func TestFindMaxDisturbed(t *testing.T) {
	t.Parallel()
	k := &knee{at: 1500, busy: true}
	got, err := Search{Resolution: 1, Confirm: -1, Trial: k.trial}.FindMax(t.Context())
	want := []float64{1000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000}
	if err != nil || !reflect.DeepEqual(k.rates, want) || *got.Pass != 1000 || *got.Fail != 2000 {
		t.Errorf("rates %v, bracket %s, error %v, want %v", k.rates, bracketText(got.Pass, got.Fail, got.Limit), err, want)
	}
	var counted []bool
	for _, trial := range got.Trial {
		counted = append(counted, trial.Discarded == "")
	}
	if want := []bool{true, false, false, false, true, false, false, false, true}; !reflect.DeepEqual(counted, want) {
		t.Errorf("trials count: %v, want %v", counted, want)
	}
	if why := got.Trial[1].Discarded; why != "failed while disturbed: others were busy" {
		t.Errorf("the second trial is discarded because %q", why)
	}
}

// TestFindMaxLimitedAndDisturbed has a generator that may be the limit because
// others are busy.
func TestFindMaxLimitedAndDisturbed(t *testing.T) {
	t.Parallel()
	k := &knee{at: 1e6, limit: 1000, busy: true}
	got, err := Search{Resolution: 1, Confirm: -1, Trial: k.trial}.FindMax(t.Context())
	want := []float64{1000, 2000, 2000, 2000, 2000, 2000, 2000}
	if err != nil || !reflect.DeepEqual(k.rates, want) || !got.Limit || *got.Pass != 1000 || got.Fail != nil {
		t.Errorf("rates %v, bracket %s, error %v, want %v", k.rates, bracketText(got.Pass, got.Fail, got.Limit), err, want)
	}
}

// TestFindMaxKindsOfDiscard has trials in a row that do not count for different
// reasons: neither kind uses up the patience with the other.
func TestFindMaxKindsOfDiscard(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		kinds string // of the first trials: l limited, d disturbed and failed, L limited and disturbed
		rates []float64
	}{
		{"limited after disturbed", "ddl", []float64{1000, 1000, 1000, 1000, 2000, 2000}},
		{"disturbed after limited", "LLLd", []float64{1000, 1000, 1000, 1000, 1000, 2000, 2000}},
		{"in turns", "ldldld", []float64{1000, 1000, 1000, 1000, 1000, 1000, 1000, 2000, 2000}},
	} {
		k := &knee{}
		got, err := Search{Resolution: 1, Confirm: -1, Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
			k.at, k.limit, k.busy = 1500, 0, false
			switch kind := (tc.kinds + strings.Repeat(" ", 60))[len(k.rates)]; kind {
			case 'l', 'L':
				k.limit, k.busy = 1, kind == 'L'
			case 'd':
				k.at, k.busy = 0, true
			}
			return k.trial(ctx, rate)
		}}.FindMax(t.Context())
		if err != nil || !reflect.DeepEqual(k.rates, tc.rates) || got.Limit {
			t.Errorf("%s: rates %v, bracket %s, error %v, want %v", tc.name, k.rates, bracketText(got.Pass, got.Fail, got.Limit), err, tc.rates)
		}
	}
}

func TestFindMaxEnds(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	k := &knee{at: 1e6}
	got, err := Search{Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
		if rate > 3000 {
			cancel(stop)
		}
		return k.trial(ctx, rate)
	}}.FindMax(ctx)
	if !errors.Is(err, stop) || *got.Pass != 2000 || got.Fail != nil || len(got.Trial) != 2 {
		t.Errorf("cancelled: %+v, %v, want two trials and the cause", got, err)
	}

	got, err = Search{Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
		if rate > 3000 {
			return nil, stop
		}
		return k.trial(ctx, rate)
	}}.FindMax(t.Context())
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "trial at 4000 messages/s: stop") || *got.Pass != 2000 {
		t.Errorf("error: %+v, %v", got, err)
	}

	_, err = Search{Trial: func(context.Context, float64) (*result.Result, error) { return &result.Result{}, nil }}.FindMax(t.Context())
	if !errors.Is(err, errNoThresholds) {
		t.Errorf("without thresholds: %v", err)
	}
}
