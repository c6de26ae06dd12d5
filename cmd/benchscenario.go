package cmd

// scenario is what the clients of a load do.
type scenario struct {
	name, short, long string
	example           string
	roles             roles
}

// roles are the clients of a scenario and how many there are by default. A
// scenario of one kind of clients has -c for it.
type roles struct {
	publishers, subscribers, idle int
}

// sends reports whether the scenario publishes messages.
func (s scenario) sends() bool { return s.roles.publishers > 0 }

// counted reports whether a number of messages is the size of the load, and
// not a time.
func (s scenario) counted() bool { return s.name == "retained" || s.name == "offline" }

// manyClients is emqtt_bench's number of clients.
const manyClients = 200

// scenarios are all there are, in the order of the help text.
func scenarios() []scenario {
	return []scenario{
		{"conn", "connect many clients, and hold the connections",
			"Connect many clients, measure how long each takes, and hold the connections.",
			"  mqt bench conn -c 10000 -R 500 --duration 1m\n  mqt bench conn -c 1000 -S --cacertfile ca.pem -u 'user%i' -P secret",
			roles{idle: manyClients}},
		{"pub", "publish from many clients",
			"Publish from many clients, each -I milliseconds or as --rate says. Nobody receives:\nsubscribe elsewhere, or see p2p, fanin and fanout.",
			"  mqt bench pub -c 100 -I 10 -t bench/%i -s 256\n  mqt bench pub -c 10 -I 0 -q 1 -F 100 -L 1000000\n  mqt bench pub -c 50 --rate 20k --arrival poisson --duration 1m",
			roles{publishers: manyClients}},
		{"sub", "receive with many clients what others publish",
			"Subscribe with many clients and count what others publish.",
			"  mqt bench sub -c 200 -t 'bench/%i' -q 1\n  mqt bench sub -c 10 -t '$share/g/sensors/#' --duration 1m",
			roles{subscribers: manyClients}},
		{"p2p", "pairs: each publisher has a subscriber",
			"Each publisher has a topic and a subscriber of its own.",
			"  mqt bench p2p --embedded\n  mqt bench p2p --publishers 100 --rate 50k --slo 'response.p99<20ms,lost==0'\n  mqt bench p2p --find-max --slo 'response.p99<50ms,lost==0,achieved>=99%'",
			roles{publishers: 10, subscribers: 10}},
		{"fanin", "many publishers, one subscriber",
			"Many publishers publish to topics that one subscriber, or some, receive all of.",
			"  mqt bench fanin --publishers 1000 --rate 10k\n  mqt bench fanin --publishers 1000 --subscribers 4 --rate 10k",
			roles{publishers: 100, subscribers: 1}},
		{"fanout", "one publisher, many subscribers",
			"One publisher publishes, or some, and every subscriber receives every message.",
			"  mqt bench fanout --subscribers 1000 --rate 100 --size 16,256,4096",
			roles{publishers: 1, subscribers: 100}},
		{"share", "many publishers, a shared subscription",
			"Publishers publish to topics that the subscribers share: each message reaches one.",
			"  mqt bench share --publishers 100 --subscribers 10 --rate 10k -q 1",
			roles{publishers: 100, subscribers: 10}},
		{"rr", "requests and responses (MQTT 5)",
			"Publishers send requests, subscribers respond to them: the latency is the round trip.\nResponse topic and correlation data are MQTT 5's.",
			"  mqt bench rr --publishers 100 --rate 1000",
			roles{publishers: 10, subscribers: 10}},
		{"retained", "fetch retained messages",
			"Publish --count retained messages, measure how long each subscriber waits for all of\nthem, and remove them again.",
			"  mqt bench retained --count 10000 --subscribers 10",
			roles{publishers: 10, subscribers: 1}},
		{"offline", "fetch messages queued for persistent sessions",
			"Subscribers connect, subscribe and leave; messages are queued for their sessions; they\ncome back, and fetch them.",
			"  mqt bench offline --subscribers 100 --count 100k -q 1",
			roles{publishers: 10, subscribers: 10}},
		{"will", "kill clients, and count their wills",
			"Clients with a will lose their connections at once; a subscriber counts the wills.",
			"  mqt bench will -c 1000",
			roles{subscribers: 1, idle: 100}},
	}
}
