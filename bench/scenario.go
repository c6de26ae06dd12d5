package bench

import "mqt/bench/internal/load"

// Scenario is a kind of load test.
type Scenario struct {
	Name  string
	About string // one line, without a full stop

	kind load.Kind
	// How many there are when no number is given at all.
	publishers, subscribers, idle int
	topic, filter                 string // below the run's own level
	count                         uint64 // of messages when nothing bounds them
	single                        bool   // clients of one role only
}

// Scenarios returns what Config.Scenario may be, in the order of the help.
func Scenarios() []Scenario {
	return []Scenario{
		{Name: "conn", About: "connect clients at a rate, then hold the connections", kind: load.Hold, idle: 100, single: true},
		{Name: "pub", About: "publish only", publishers: 1, topic: "pub/%i", single: true},
		{Name: "sub", About: "subscribe only, and count what others publish", kind: load.Listen, subscribers: 1, single: true},
		{Name: "p2p", About: "pairs: each publisher to its own subscriber", publishers: 1, subscribers: 1, topic: "p2p/%i", filter: "p2p/%i"},
		{Name: "fanin", About: "many publishers to one subscriber, or to several that share", publishers: 10, subscribers: 1, topic: "fanin/%i", filter: "fanin/+"},
		{Name: "fanout", About: "each message to all subscribers", publishers: 1, subscribers: 10, topic: "fanout/%i", filter: "fanout/+"},
		{Name: "share", About: "each message to one of the subscribers of a shared subscription", publishers: 10, subscribers: 5, topic: "share/%i", filter: "share/+"},
		{Name: "rr", About: "MQTT 5 requests and responses, there and back", publishers: 1, subscribers: 1, topic: "rr/%i"},
		{Name: "retained", About: "set retained messages, then time a wildcard subscription", kind: load.Retained, publishers: 1, subscribers: 1, topic: "retained/%i/%s", filter: "retained/#", count: 1000},
		{Name: "offline", About: "queue messages for persistent sessions, then time their return", kind: load.Offline, publishers: 1, subscribers: 1, topic: "offline/%i", filter: "offline/+", count: 1000},
		{Name: "will", About: "kill clients, and count their wills", kind: load.Wills, idle: 100, subscribers: 1, filter: "will/+"},
	}
}

// lookup returns the scenario of that name.
func lookup(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}
