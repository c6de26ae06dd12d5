// Package preset has load tests that others have defined and published
// results of, as data: those of the Open MQTT Benchmark Suite
// (github.com/emqx/mqttbs), under their own names.
package preset

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Preset is a load test.
type Preset struct {
	Name     string
	About    string // what it does, for help
	Scenario string // "conn", "fanout", "p2p" or "share"
	Version  string // of MQTT: "3.1.1" or "5.0"

	Publishers, Subscribers int
	Idle                    int // clients that only connect
	Topics                  int // each publisher has one of its own, so as many as publishers

	ConnectRate float64 // connections a second, 0 is not prescribed
	Rate        float64 // messages a second of all publishers together
	QoS         int
	Size        int // of payloads, in bytes
	KeepAlive   time.Duration
	Duration    time.Duration

	Topic   string   // topic name with the placeholders of mqt bench; empty is the scenario's own
	Filters []string // what each subscriber subscribes to; empty is the scenario's own
}

// prefix is what the suite's names of tests for a single broker begin with.
const prefix = "singlenode-"

// all returns the presets, small ones first.
func all() []Preset {
	return []Preset{
		connect("conn-tcp-10K-100", 10_000, 100),
		fanout("fanout-1-1000-1-1000K", 1, 1000, 1),
		pairs("p2p-1K-1K-1K-1K", 1000),
		shared("sharesub-1K-5-1K-1K", 1000, 5),
		connect("conn-tcp-1M-5K", 1_000_000, 5000),
		fanout("fanout-5-1000-5-250K", 5, 1000, 250),
		pairs("p2p-50K-50K-50K-50K", 50_000),
		shared("sharesub-50K-500-50K-50K", 50_000, 500),
	}
}

func connect(name string, clients int, rate float64) Preset {
	return Preset{
		Name: prefix + name, Scenario: "conn", Version: "3.1.1",
		About: fmt.Sprintf("%d clients connect, %.0f a second, and stay", clients, rate),
		Idle:  clients, ConnectRate: rate, KeepAlive: keepAlive, Duration: duration,
	}
}

func fanout(name string, publishers, subscribers int, rate float64) Preset {
	p := publishing("fanout", publishers, subscribers, rate)
	p.Name = prefix + name
	p.About = fmt.Sprintf("%d to %d: every subscriber receives everything, %.0f messages a second", publishers, subscribers, rate)
	return p
}

func pairs(name string, n int) Preset {
	p := publishing("p2p", n, n, float64(n))
	p.Name = prefix + name
	p.About = fmt.Sprintf("%d to %d: each publisher has a subscriber of its own, and sends a message a second", n, n)
	return p
}

func shared(name string, publishers, subscribers int) Preset {
	p := publishing("share", publishers, subscribers, float64(publishers))
	p.Name = prefix + name
	p.About = fmt.Sprintf("%d to %d: the subscribers share the messages, one a second of each publisher", publishers, subscribers)
	p.Version = "5.0" // shared subscriptions
	p.Topic, p.Filters = "test/%i", []string{"$share/benchmark/test/#"}
	return p
}

func publishing(scenario string, publishers, subscribers int, rate float64) Preset {
	return Preset{
		Scenario: scenario, Version: "3.1.1",
		Publishers: publishers, Subscribers: subscribers, Topics: publishers,
		Rate: rate, QoS: 1, Size: 16, KeepAlive: keepAlive, Duration: duration,
	}
}

// What all tests of the suite have in common.
const (
	keepAlive = 300 * time.Second
	duration  = 30 * time.Minute
)

// Names returns the names of all presets, small ones first.
func Names() []string {
	var names []string
	for _, p := range all() {
		names = append(names, p.Name)
	}
	return names
}

// Lookup returns the preset with that name, in upper or lower case, and with
// or without "singlenode-". The names that the suite's authors use in their
// articles are understood too: "sharedsub" for "sharesub", and
// "fanout-1-1k-1-1K" for "fanout-1-1000-1-1000K".
func Lookup(name string) (Preset, error) {
	want := plain(name)
	for _, p := range all() {
		if plain(p.Name) == want {
			return p, nil
		}
	}
	return Preset{}, fmt.Errorf("there is no preset %q\nhint: use one of %s", name, strings.Join(Names(), ", "))
}

// plain returns what two spellings of a name have in common.
func plain(name string) string {
	name = strings.TrimPrefix(strings.ToLower(name), prefix)
	name = strings.Replace(name, "sharedsub-", "sharesub-", 1)
	if name == "fanout-1-1k-1-1k" {
		return "fanout-1-1000-1-1000k"
	}
	return name
}

// Scale returns the preset with factor times as many clients of each role, at
// least one where there were any, and with all rates times factor. A fan-out
// of a tenth has a hundredth of the deliveries: a tenth of the messages, for a
// tenth of the subscribers. The factor is above 0.
func (p Preset) Scale(factor float64) (Preset, error) {
	if !(factor > 0) || factor > 1000 {
		return Preset{}, errors.New("the scale is not above 0 and at most 1000")
	}
	clients := func(n int) int {
		if n == 0 {
			return 0
		}
		return max(1, int(math.Round(float64(n)*factor)))
	}
	p.Publishers, p.Subscribers, p.Idle = clients(p.Publishers), clients(p.Subscribers), clients(p.Idle)
	p.Topics = p.Publishers
	p.ConnectRate *= factor
	p.Rate *= factor
	return p, nil
}
