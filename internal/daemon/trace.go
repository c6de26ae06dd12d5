package daemon

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"mqt/broker"
)

// traceTo returns what prints the packets of some clients, "*" being all, one
// line each; nil when there are none.
func traceTo(w io.Writer, clients []string) *broker.Trace {
	if len(clients) == 0 {
		return nil
	}
	var mu sync.Mutex // a line is written at once
	return &broker.Trace{
		TracePackets: func(id string) bool { return slices.Contains(clients, id) || slices.Contains(clients, "*") },
		Packet: func(p broker.PacketTrace) {
			line := traceLine(p)
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintln(w, line)
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

// traceName keeps a client identifier something that a terminal can show.
func traceName(id string) string {
	if id == "" {
		return "-"
	}
	if q := strconv.Quote(id); q != `"`+id+`"` {
		return q
	}
	return id
}
