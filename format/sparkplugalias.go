package format

import (
	"strings"

	"mqt/internal/mqtt"
	"mqt/internal/protobuf"
)

// maxAliasBytes is how much is remembered of the names of metrics, and of the
// nodes and devices that have them, with aliasCost for each metric.
const (
	maxAliasBytes = 16 << 20
	aliasCost     = 64
)

// aliases remembers which metrics the birth certificates of Sparkplug B give
// which alias: the data that follow may name them by that alone. When there are
// too many, all are forgotten, until the next births.
type aliases struct {
	names map[string]map[string]map[uint64]string // by edge node, device and alias
	bytes int
}

// apply learns from m, a birth, or returns the payload of m with the names of
// its metrics, nil when there are none to add.
func (a *aliases) apply(m mqtt.Message) []byte {
	group, rest, _ := strings.Cut(strings.TrimPrefix(m.Topic, sparkplugTopic), "/")
	kind, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return nil
	}
	node, device, _ := strings.Cut(rest, "/")
	node = group + "/" + node
	switch kind {
	case "NBIRTH": // of the devices, too, whose births follow
		for device := range a.names[node] {
			a.forget(node, device)
		}
		delete(a.names, node)
		a.learn(node, "", m.Payload)
	case "DBIRTH":
		a.forget(node, device)
		a.learn(node, device, m.Payload)
	case "NDATA", "NCMD", "DDATA", "DCMD":
		return withNames(m.Payload, a.names[node][device])
	}
	return nil
}

func (a *aliases) forget(node, device string) {
	for _, name := range a.names[node][device] {
		a.bytes -= cost(node, device, name)
	}
	delete(a.names[node], device)
}

func (a *aliases) learn(node, device string, payload []byte) {
	for f := range protobuf.Fields(payload) {
		m := metricOf(f)
		if !m.named || !m.aliased {
			continue
		}
		text := string(m.name)
		more := cost(node, device, text)
		if a.bytes += more; a.bytes > maxAliasBytes || a.names == nil {
			a.names, a.bytes = map[string]map[string]map[uint64]string{}, more
		}
		if a.names[node] == nil {
			a.names[node] = map[string]map[uint64]string{}
		}
		if a.names[node][device] == nil {
			a.names[node][device] = map[uint64]string{}
		}
		known := a.names[node][device]
		if old, twice := known[m.alias]; twice {
			a.bytes -= cost(node, device, old)
		}
		known[m.alias] = text
	}
}

func cost(node, device, name string) int { return len(node) + len(device) + len(name) + aliasCost }

// The numbers of the fields, as sparkplug.proto has them.
const (
	payloadMetrics = 2
	metricName     = 1
	metricAlias    = 2
)

// metric is what a payload says of a metric's name.
type metric struct {
	name           []byte
	alias          uint64
	named, aliased bool
}

// metricOf returns what a field of a payload says, nothing unless it is a
// metric.
func metricOf(f protobuf.Field) (m metric) {
	if f.Number != payloadMetrics {
		return m
	}
	for f := range protobuf.Fields(f.Data) {
		switch f.Number {
		case metricName:
			m.name, m.named = f.Data, true
		case metricAlias:
			m.alias, m.aliased = f.Bits, true
		}
	}
	return m
}

// withNames returns a payload with the names of the metrics that have a known
// alias and no name, nil when there are none.
func withNames(payload []byte, known map[uint64]string) []byte {
	var out []byte
	added := false
	for f := range protobuf.Fields(payload) {
		m := metricOf(f)
		name, ok := known[m.alias]
		if m.named || !m.aliased || !ok {
			out = append(out, f.Raw...)
			continue
		}
		added = true
		out = protobuf.AppendBytes(out, payloadMetrics, append(protobuf.AppendBytes(nil, metricName, []byte(name)), f.Data...))
	}
	if !added {
		return nil
	}
	return out
}
