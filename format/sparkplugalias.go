package format

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"mqt/internal/mqtt"
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

// apply learns from m, a birth, or gives the metrics of m, which are those of
// msg, their names.
func (a *aliases) apply(m mqtt.Message, msg protoreflect.Message) {
	group, rest, _ := strings.Cut(strings.TrimPrefix(m.Topic, sparkplugTopic), "/")
	kind, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return
	}
	node, device, _ := strings.Cut(rest, "/")
	node = group + "/" + node
	switch kind {
	case "NBIRTH": // of the devices, too, whose births follow
		for device := range a.names[node] {
			a.forget(node, device)
		}
		delete(a.names, node)
		a.learn(node, "", msg)
	case "DBIRTH":
		a.forget(node, device)
		a.learn(node, device, msg)
	case "NDATA", "NCMD", "DDATA", "DCMD":
		a.name(a.names[node][device], msg)
	}
}

func (a *aliases) forget(node, device string) {
	for _, name := range a.names[node][device] {
		a.bytes -= cost(node, device, name)
	}
	delete(a.names[node], device)
}

func (a *aliases) learn(node, device string, msg protoreflect.Message) {
	eachMetric(msg, func(metric protoreflect.Message, name, alias protoreflect.FieldDescriptor) {
		if !metric.Has(name) || !metric.Has(alias) {
			return
		}
		text := metric.Get(name).String()
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
		if old, twice := known[metric.Get(alias).Uint()]; twice {
			a.bytes -= cost(node, device, old)
		}
		known[metric.Get(alias).Uint()] = text
	})
}

func cost(node, device, name string) int { return len(node) + len(device) + len(name) + aliasCost }

func (a *aliases) name(known map[uint64]string, msg protoreflect.Message) {
	eachMetric(msg, func(metric protoreflect.Message, name, alias protoreflect.FieldDescriptor) {
		if metric.Has(name) || !metric.Has(alias) {
			return
		}
		if text, ok := known[metric.Get(alias).Uint()]; ok {
			metric.Set(name, protoreflect.ValueOfString(text))
		}
	})
}

// eachMetric visits the metrics of a payload, with the fields of each.
func eachMetric(msg protoreflect.Message, visit func(metric protoreflect.Message, name, alias protoreflect.FieldDescriptor)) {
	metrics := msg.Descriptor().Fields().ByName("metrics")
	fields := metrics.Message().Fields()
	name, alias := fields.ByName("name"), fields.ByName("alias")
	list := msg.Get(metrics).List()
	for i := range list.Len() {
		visit(list.Get(i).Message(), name, alias)
	}
}
