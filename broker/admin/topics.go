package admin

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"mqt/internal/mqtt"
)

var (
	treeDepth = intRange{name: "depth", def: 3, max: 20}
	treeLimit = intRange{name: "limit", def: 1000, max: 10_000}
)

// topicNode is a level of the tree of topics in answers.
type topicNode struct {
	Level    text         `json:"level"`
	Topic    text         `json:"topic"`
	Retained bool         `json:"retained"` // the topic itself has a message
	Messages int          `json:"messages"` // retained here and below
	Children []*topicNode `json:"children,omitempty"`
	Omitted  int          `json:"omitted,omitempty"` // children left out

	below map[string]*topicNode
}

func (a *api) showTopics(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r, "prefix", "depth", "limit")
	if err != nil {
		return err
	}
	depth, err := treeDepth.in(q)
	if err != nil {
		return err
	}
	limit, err := treeLimit.in(q)
	if err != nil {
		return err
	}
	prefix, filter, at := q.Get("prefix"), "#", -1
	if q.Has("prefix") { // an empty one is the empty first level of /a
		if err := mqtt.CheckTopic(prefix + "/"); err != nil {
			return invalid(fmt.Sprintf("prefix %q %v", prefix, err), "use the first levels of a topic, such as sensors/kitchen")
		}
		filter, at = prefix+"/#", len(prefix)
	}
	f, err := mqtt.ParseFilter(filter)
	if err != nil || f.ShareGroup() != "" {
		return invalid(fmt.Sprintf("prefix %q cannot be looked up", prefix), "use another one: topics do not begin with $share or have more than 65,533 bytes")
	}
	root := &topicNode{Level: text(prefix), Topic: text(prefix)}
	for _, m := range a.Server.Retained(f) {
		root.add(m.Topic, at, depth+1)
	}
	root.list(depth, limit)
	return a.reply(w, r, root)
}

// add counts a topic and makes nodes for at most depth levels below n, whose
// own levels end at the byte at: -1 for the root of everything.
func (n *topicNode) add(topic string, at, depth int) {
	n.Messages++
	if at == len(topic) {
		n.Retained = true
		return
	}
	if depth == 0 {
		return
	}
	start, end := at+1, len(topic)
	if i := strings.IndexByte(topic[start:], '/'); i >= 0 {
		end = start + i
	}
	level := topic[start:end]
	child := n.below[level]
	if child == nil {
		child = &topicNode{Level: text(level), Topic: text(topic[:end])}
		if n.below == nil {
			n.below = make(map[string]*topicNode)
		}
		n.below[level] = child
	}
	child.add(topic, end, depth-1)
}

// list puts up to limit nodes into the answer, those nearest to the root first
// and no more than depth levels below it.
func (n *topicNode) list(depth, limit int) {
	row := []*topicNode{n}
	for range depth {
		var next []*topicNode
		for _, parent := range row {
			for _, level := range slices.Sorted(maps.Keys(parent.below)) {
				if limit == 0 {
					break
				}
				limit--
				parent.Children = append(parent.Children, parent.below[level])
			}
			next = append(next, parent.Children...)
			parent.Omitted = len(parent.below) - len(parent.Children)
		}
		row = next
	}
	for _, parent := range row {
		parent.Omitted = len(parent.below)
	}
}
