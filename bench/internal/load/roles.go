package load

import (
	"fmt"
	"slices"
	"strings"

	"mqt/internal/mqtt"
)

// addClients makes the clients of the plan, and says who receives from whom.
func (l *Load) addClients() error {
	l.clients = make([]*client, 0, len(l.plan.Clients))
	groups := map[int]*inbox{}
	for i := range l.plan.Clients {
		c := &client{load: l, plan: &l.plan.Clients[i], index: i, phase: waiting}
		l.clients = append(l.clients, c)
		if c.plan.Topic != "" {
			if err := l.addPublisher(c); err != nil {
				return err
			}
		}
		if len(c.plan.Filters) > 0 {
			l.addSubscriber(c, groups)
		}
	}
	if len(l.pubs) > maxPublishers {
		return fmt.Errorf("%d publishers: want at most %d", len(l.pubs), maxPublishers)
	}
	return l.route()
}

func (l *Load) addPublisher(c *client) error {
	t, err := parseTopic(c.plan.Topic)
	if err != nil {
		return err
	}
	c.pub = &publisher{load: l, client: c, number: uint32(len(l.pubs)), topic: t, measured: notMeasured}
	if l.stored() {
		c.pub.measured = 0 // measuring begins when it has published
	}
	l.pubs = append(l.pubs, c.pub)
	return nil
}

func (l *Load) addSubscriber(c *client, groups map[int]*inbox) {
	in := groups[c.plan.Group]
	if in == nil || c.plan.Group == 0 {
		in = &inbox{number: len(l.inboxes), shared: c.plan.Group != 0, any: l.plan.Kind == Listen}
		l.inboxes = append(l.inboxes, in)
		if c.plan.Group != 0 {
			groups[c.plan.Group] = in
		}
	}
	c.sub = &subscriber{load: l, client: c, inbox: in}
	l.subs = append(l.subs, c.sub)
}

// route finds the publishers that each inbox receives from.
func (l *Load) route() error {
	if l.plan.Kind == Listen {
		return nil
	}
	byTopic := map[string][]int{}
	var all []int
	for i, p := range l.pubs {
		name := p.topic.sample()
		byTopic[name] = append(byTopic[name], i)
		all = append(all, i)
	}
	routed := map[*inbox]bool{}
	for _, s := range l.subs {
		if routed[s.inbox] || s.client.plan.Respond {
			continue
		}
		routed[s.inbox] = true
		from, err := l.senders(s.client, byTopic, all)
		if err != nil {
			return err
		}
		for _, i := range from {
			s.inbox.expect(i, l.pubs[i])
			l.pubs[i].unordered = l.pubs[i].unordered || l.unordered(s.inbox.shared)
		}
	}
	return nil
}

// senders returns the numbers of the publishers that c receives from, in
// ascending order.
func (l *Load) senders(c *client, byTopic map[string][]int, all []int) ([]int, error) {
	if c.plan.Request {
		return []int{int(c.pub.number)}, nil // the answers to its own requests
	}
	var out []int
	for _, text := range c.plan.Filters {
		f, err := mqtt.ParseFilter(text)
		if err != nil {
			return nil, fmt.Errorf("filter %q: %w", text, err)
		}
		plain := text
		if f.ShareGroup() != "" {
			plain = strings.SplitN(text, "/", 3)[2] // $share/group/filter
		}
		if plain == "#" {
			return all, nil
		}
		if !strings.ContainsAny(plain, "+#") {
			out = append(out, byTopic[plain]...)
			continue
		}
		for i, p := range l.pubs {
			if f.Match(p.topic.sample()) {
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// settleRoutes says how many deliveries each message makes, by the
// subscribers that are there now; the others miss nothing.
func (l *Load) settleRoutes() {
	for _, p := range l.pubs {
		p.fanout = 0
	}
	for _, s := range l.subs {
		if s.inbox.awaited || s.client.phase != ready && !s.client.known {
			continue
		}
		s.inbox.awaited = true
		for i := range s.inbox.streams {
			if p := s.inbox.streams[i].from; p != nil {
				p.fanout++
			}
		}
	}
	for _, p := range l.pubs {
		p.limit = l.share(p.fanout)
	}
}

// share returns how many messages of one publisher, each delivered fanout
// times, may be on their way in a closed loop.
func (l *Load) share(fanout uint64) uint64 {
	least := 2 * l.plan.Batch
	if l.plan.QoS > mqtt.AtMostOnce {
		least = l.plan.Window
	}
	return uint64(max(least, l.plan.Outstanding/(len(l.pubs)*int(max(fanout, 1)))))
}
