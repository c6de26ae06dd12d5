package cmd

import (
	"fmt"
	"slices"
	"sync"

	"github.com/spf13/pflag"

	"mqt/broker"
)

// traceOptions are the flags that show what clients and the broker say to
// each other.
type traceOptions struct {
	Clients []string
}

func (o *traceOptions) bind(f *pflag.FlagSet) {
	f.StringArrayVar(&o.Clients, "trace-client", nil, "print each packet from and to the client with this `id` to standard error; may be repeated; * is every client; passwords are not shown, payloads are")
}

// hooks returns what prints packets, nil when nobody is traced.
func (o *traceOptions) hooks(env *Env) *broker.Trace {
	if len(o.Clients) == 0 {
		return nil
	}
	var mu sync.Mutex // a line is written at once
	return &broker.Trace{
		TracePackets: func(id string) bool { return slices.Contains(o.Clients, id) || slices.Contains(o.Clients, "*") },
		Packet: func(p broker.PacketTrace) {
			line := traceLine(p)
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintln(env.Stderr, line)
		},
	}
}

// traceTime is RFC 3339 with microseconds, all lines of one width.
const traceTime = "2006-01-02T15:04:05.000000Z07:00"

func traceLine(p broker.PacketTrace) string {
	arrow := "<-"
	if p.Sent {
		arrow = "->"
	}
	return p.Time.Format(traceTime) + " " + traceName(p.ClientID) + " " + arrow + " " + p.String()
}

// traceName keeps a client identifier one word that a terminal can show.
func traceName(id string) string {
	if id == "" {
		return "-"
	}
	return escape(id)
}
