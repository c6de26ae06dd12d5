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
	at    float64
	noise float64 // part of at
	limit float64 // of the generator; 0 is none
	dice  *rand.Rand
	rates []float64
}

func (k *knee) trial(_ context.Context, rate float64) (*result.Result, error) {
	k.rates = append(k.rates, rate)
	at := k.at
	if k.noise > 0 {
		at *= 1 + k.noise*(2*k.dice.Float64()-1)
	}
	r := &result.Result{
		Verdict: result.Verdict{Generator: result.OK, Passed: new(rate <= at)},
		Latency: map[string]result.Dist{result.Response: {Count: 1, P50: 1, P99: 2, P999: 3}},
	}
	if k.limit > 0 && rate > k.limit {
		r.Verdict.Generator = result.Limited
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
		if k.passes(got, pass) != 4 {
			t.Errorf("%v has passed %d times, want once and three times more", pass, k.passes(got, pass))
		}
	})
}

func (k *knee) passes(s result.Search, rate float64) int {
	n := 0
	for _, t := range s.Trial {
		if t.Rate == rate && t.Passed {
			n++
		}
	}
	return n
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
		{name: "up", knee: knee{at: 4500}, s: Search{Resolution: 0.3, Confirm: 1},
			rates: []float64{1000, 2000, 4000, 8000, 5656.9, 4756.8, 4000}, pass: new(4000.0), fail: new(4756.8)},
		{name: "down", knee: knee{at: 300}, s: Search{Resolution: 0.5, Confirm: -1},
			rates: []float64{1000, 500, 250, 353.55}, pass: new(250.0), fail: new(353.55)},
		{name: "nothing passes", knee: knee{at: 0}, s: Search{Factor: 20},
			rates: []float64{1000, 50, 2.5}, fail: new(2.5)},
		{name: "the highest passes", knee: knee{at: 1e6}, s: Search{Max: 3000},
			rates: []float64{1000, 2000, 3000, 3000, 3000, 3000}, pass: new(3000.0)},
		{name: "limited", knee: knee{at: 1e6, limit: 3000},
			rates: []float64{1000, 2000, 4000, 4000, 4000}, pass: new(2000.0), limit: true},
		{name: "limited at once", knee: knee{at: 1e6, limit: 1}, rates: []float64{1000, 1000, 1000}, limit: true},
		{name: "limited and failed", knee: knee{at: 10, limit: 20}, rates: []float64{1000, 1000, 1000}, limit: true},
		{name: "trials", knee: knee{at: 4500}, s: Search{Trials: 4},
			rates: []float64{1000, 2000, 4000, 8000}, pass: new(4000.0), fail: new(8000.0), err: ErrTrials},
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

// TestFindMaxFailedConfirmation has a broker that passes once at a rate, and
// not again.
func TestFindMaxFailedConfirmation(t *testing.T) {
	t.Parallel()
	k := &knee{}
	s := Search{Resolution: 0.5, Confirm: 2, Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
		k.at = 2900
		if len(k.rates) < 4 {
			k.at = 4500
		}
		return k.trial(ctx, rate)
	}}
	got, err := s.FindMax(t.Context())
	want := []float64{1000, 2000, 4000, 8000, 5656.9, 4000, 2828.4, 2828.4, 2828.4}
	if err != nil || !reflect.DeepEqual(k.rates, want) || *got.Pass != 2828.4 || *got.Fail != 4000 {
		t.Errorf("rates %v, bracket %s, error %v, want %v", k.rates, bracketText(got.Pass, got.Fail, got.Limit), err, want)
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

// TestFindMaxDisturbed has a generator that something else disturbs at times:
// each disturbed trial is made again, and counts for nothing.
func TestFindMaxDisturbed(t *testing.T) {
	t.Parallel()
	k := &knee{at: 1500}
	s := Search{Resolution: 0.5, Confirm: 2, Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
		k.limit = 0
		if n := len(k.rates); n%3 != 2 {
			k.limit = 1
		}
		return k.trial(ctx, rate)
	}}
	got, err := s.FindMax(t.Context())
	want := []float64{1000, 1000, 1000, 2000, 2000, 2000, 1414.2, 1414.2, 1414.2, 1414.2, 1414.2, 1414.2, 1414.2, 1414.2, 1414.2}
	if err != nil || !reflect.DeepEqual(k.rates, want) || got.Limit || *got.Pass != 1414.2 || *got.Fail != 2000 {
		t.Errorf("rates %v, bracket %s, error %v, want %v", k.rates, bracketText(got.Pass, got.Fail, got.Limit), err, want)
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
