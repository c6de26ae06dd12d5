package cmd

import (
	"mqt/bench/report"
	"mqt/bench/result"
)

// benchView shows the state of a load to all who watch it.
type benchView struct {
	watchers []watcher
	live     *report.Live // nil where there is no terminal
	err      error        // the first of a watcher
}

// watcher takes the state of a load.
type watcher interface {
	Watch(result.Snapshot) error
}

func newBenchView(env *Env, o *benchOutput, more ...watcher) *benchView {
	v := &benchView{watchers: more}
	switch {
	case o.Quiet:
	case env.StderrTTY:
		v.live = report.NewLive(env.Stderr, env.errWidth, colorMode(env, env.StderrTTY))
		v.watchers = append(v.watchers, v.live)
	default:
		v.watchers = append(v.watchers, report.NewLines(env.Stderr))
	}
	return v
}

// colorMode says whether to color what a stream gets.
func colorMode(env *Env, terminal bool) report.ColorMode {
	if !terminal || env.Getenv("NO_COLOR") != "" {
		return report.ColorNever
	}
	return report.ColorAuto
}

// watch shows s. It is called by one goroutine at a time.
func (v *benchView) watch(s result.Snapshot) {
	for _, w := range v.watchers {
		if err := w.Watch(s); err != nil && v.err == nil {
			v.err = err
		}
	}
}

// close takes the view off the terminal.
func (v *benchView) close() {
	if v.live == nil {
		return
	}
	if err := v.live.Close(); err != nil && v.err == nil {
		v.err = err
	}
}
