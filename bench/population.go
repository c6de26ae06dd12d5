package bench

import (
	"fmt"
	"strings"

	"mqt/bench/internal/load"
	"mqt/internal/mqtt"
)

// population makes the clients of a Config.
type population struct {
	c        Config
	scenario Scenario
	tag      string
	groups   map[string]int // of shared subscriptions, by filter, from 1
	out      []load.Client
}

// populate returns the clients: subscribers first, so that nothing is
// published before they are there.
func populate(c Config, s Scenario) []load.Client {
	p := &population{c: c, scenario: s, tag: c.tag(), groups: map[string]int{}}
	n := c.Clients
	for i := range p.part(n.Subscribers) {
		p.subscriber(i)
	}
	for i := range p.part(n.Publishers) {
		p.publisher(i)
	}
	for i := range p.part(n.Idle) {
		role := role{"idle client", "i", p.number(n.Idle, i), n.Publishers + n.Subscribers}
		client := p.client(role)
		if s.kind == load.Wills {
			client.Will = p.fill(p.base()+"will/%i", client, role.number)
		}
		p.out = append(p.out, client)
	}
	return p.out
}

// part returns how many of n clients this segment has.
func (p *population) part(n int) int {
	if g := p.c.Segment; g != nil {
		return n*g.Index/g.Of - n*(g.Index-1)/g.Of
	}
	return n
}

// number returns the number of the i-th of n clients of a role, of this
// segment.
func (p *population) number(n, i int) int {
	if g := p.c.Segment; g != nil {
		i += n * (g.Index - 1) / g.Of
	}
	return p.c.Clients.First + i
}

// role is what a client is for.
type role struct {
	name, letter string
	number       int // among those of the role
	before       int // clients of other roles that come before, for credentials
}

func (p *population) client(r role) load.Client {
	id := p.c.Clients.Prefix
	switch {
	case p.tag != "":
		id += "-" + p.tag + "-" + r.letter
	case !p.scenario.single:
		id += r.letter
	}
	return load.Client{Role: r.name, Number: r.number + r.before, ID: fmt.Sprintf("%s%d", id, r.number)}
}

// base is what the topics of a scenario begin with.
func (p *population) base() string {
	base := p.c.Clients.Prefix + "/"
	if p.tag != "" {
		base += p.tag + "/"
	}
	return base
}

// fill replaces the placeholders that do not depend on the message.
func (p *population) fill(text string, c load.Client, number int) string {
	if !strings.Contains(text, "%") {
		return text
	}
	user := ""
	if p.c.Clients.Credentials != nil {
		user, _ = p.c.Clients.Credentials(c.Number)
	}
	return strings.NewReplacer("%u", user, "%c", c.ID, "%i", fmt.Sprint(number)).Replace(text)
}

func (p *population) subscriber(i int) {
	n := p.c.Clients
	number := p.number(n.Subscribers, i)
	c := p.client(role{"subscriber", "s", number, n.Publishers})
	filters := p.c.Load.Filters
	switch {
	case len(filters) > 0:
	case p.scenario.Name == "rr":
		filters = []string{p.base() + "rr/%i"}
	case p.scenario.filter == "":
		filters = []string{"#"}
	case p.scenario.Name == "share" || p.scenario.Name == "fanin" && n.Subscribers > 1:
		filters = []string{"$share/" + n.Prefix + "/" + p.base() + p.scenario.filter}
	default:
		filters = []string{p.base() + p.scenario.filter}
	}
	if p.scenario.Name == "p2p" && n.Publishers > 0 && len(p.c.Load.Filters) == 0 {
		number = n.First + (number-n.First)%n.Publishers
	}
	for _, f := range filters {
		c.Filters = append(c.Filters, p.fill(f, c, number))
	}
	c.Group = p.group(c.Filters[0])
	c.Respond = p.scenario.Name == "rr"
	p.out = append(p.out, c)
}

// group returns the number of the shared subscription, 0 when it is not.
func (p *population) group(filter string) int {
	f, err := mqtt.ParseFilter(filter)
	if err != nil || f.ShareGroup() == "" {
		return 0
	}
	if p.groups[filter] == 0 {
		p.groups[filter] = len(p.groups) + 1
	}
	return p.groups[filter]
}

func (p *population) publisher(i int) {
	n := p.c.Clients
	number := p.number(n.Publishers, i)
	c := p.client(role{"publisher", "p", number, 0})
	topic := p.c.Load.Topic
	if topic == "" {
		topic = p.base() + p.scenario.topic
	}
	aim := number
	if p.scenario.Name == "rr" {
		aim = n.First + (number-n.First)%n.Subscribers // requesters share the responders
		c.Request = true
		c.Filters = []string{p.fill(p.base()+"rr/answer/%i", c, number)}
	}
	c.Topic = p.fill(topic, c, aim)
	p.out = append(p.out, c)
}
