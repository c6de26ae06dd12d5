package cmd

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"mqt/broker"
)

// storeOptions are the flags that make a broker's state outlive it.
type storeOptions struct {
	Dir     string
	Sync    syncMode
	Salvage bool
}

func (o *storeOptions) bind(f *pflag.FlagSet) {
	f.StringVar(&o.Dir, "data", "", "keep retained messages, sessions and their messages in `directory`; without it they are in memory")
	f.Var(&o.Sync, "sync", "what an acknowledged message survives: always (a power failure; the default), os (the end of the process), interval=`duration` (a power failure takes at most that)")
	f.BoolVar(&o.Salvage, "salvage", false, "start although the disk has damaged the store, with what can be read of it")
}

func (o *storeOptions) check(f *pflag.FlagSet) error {
	for _, name := range []string{"sync", "salvage"} {
		if o.Dir == "" && f.Changed(name) {
			return usagef("serve: --%s needs --data", name)
		}
	}
	return nil
}

// open returns the broker's store, nil when it keeps everything in memory, and
// a function that closes it.
func (o *storeOptions) open(logger *slog.Logger) (broker.Store, func() error, error) {
	if o.Dir == "" {
		return nil, func() error { return nil }, nil
	}
	store, err := broker.OpenStore(o.Dir, broker.StoreOptions{
		Sync: o.Sync.mode, Interval: o.Sync.interval, Salvage: o.Salvage, Logger: logger})
	if err != nil {
		return nil, nil, fmt.Errorf("open the store %s: %w", o.Dir, err)
	}
	return store, store.Close, nil
}

// syncMode is the value of --sync.
type syncMode struct {
	mode     broker.Sync
	interval time.Duration
}

func (m *syncMode) Type() string { return "mode" }

func (m *syncMode) String() string {
	switch m.mode {
	case broker.SyncOS:
		return "os"
	case broker.SyncInterval:
		return "interval=" + m.interval.String()
	}
	return "always"
}

// Set reads always, os or interval=DURATION.
func (m *syncMode) Set(s string) error {
	switch every, isInterval := strings.CutPrefix(s, "interval="); {
	case s == "always":
		*m = syncMode{}
	case s == "os":
		*m = syncMode{mode: broker.SyncOS}
	case isInterval:
		d, err := time.ParseDuration(every)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a time such as 100ms", every)
		}
		*m = syncMode{mode: broker.SyncInterval, interval: d}
	default:
		return fmt.Errorf("want always, os or interval=100ms")
	}
	return nil
}
