package auth

import "strings"

// Subject is who wants to read or write.
type Subject struct {
	// ClientID is the client identifier.
	ClientID string
	// User is the user name, which counts if HasUser is true; without one the
	// client is anonymous.
	User    string
	HasUser bool
}

// Decision is an answer of an ACL.
type Decision struct {
	// Allowed is the answer.
	Allowed bool
	// Line is the number of the line that decided, from 1; 0 when no rule
	// matched.
	Line int
}

// Read decides whether s may receive messages of a topic. It takes time in
// proportion to the rules that share levels with the topic, and allocates
// nothing.
func (a *ACL) Read(s Subject, topic string) Decision { return a.decide(s, topic, canRead) }

// Write decides whether s may publish to a topic. Nobody may write below
// $SYS and $share.
func (a *ACL) Write(s Subject, topic string) Decision {
	if reserved(topic) {
		return Decision{}
	}
	return a.decide(s, topic, canWrite)
}

// reserved reports whether a topic is the server's alone to publish to.
func reserved(topic string) bool {
	return strings.HasPrefix(topic, "$SYS") || strings.HasPrefix(topic, "$share")
}

func (a *ACL) decide(s Subject, topic string, want access) Decision {
	if topic == "" {
		return Decision{}
	}
	own := a.anonymous
	if s.HasUser {
		own = a.users[s.User]
	}
	if own != nil {
		m := matcher{topic: topic, want: want}
		m.walk(own, 0, false)
		if d, decided := m.decision(); decided {
			return d
		}
	}
	// A name with a wildcard fits every pattern's meaning badly: such clients
	// have no rights by pattern at all.
	if a.patterns == nil || strings.ContainsAny(s.ClientID, "+#") || s.HasUser && strings.ContainsAny(s.User, "+#") {
		return Decision{}
	}
	m := matcher{topic: topic, want: want, client: s.ClientID}
	if s.HasUser {
		m.user = s.User
	}
	m.walk(a.patterns, 0, false)
	d, _ := m.decision()
	return d
}

// mark is a rule without its filter.
type mark struct {
	how  access
	line int
}

// marks are the first lines of each kind of rule at one place; 0: none.
type marks struct{ deny, read, write int }

func (m *marks) set(r mark) {
	if r.how == denied {
		m.deny = earlier(m.deny, r.line)
	}
	if r.how&canRead != 0 {
		m.read = earlier(m.read, r.line)
	}
	if r.how&canWrite != 0 {
		m.write = earlier(m.write, r.line)
	}
}

// earlier returns the smaller line, not counting 0.
func earlier(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// ruleNode is a level of the filters of one list of rules. Children for + and
// the patterns stand apart from the literal ones.
type ruleNode struct {
	kids               map[string]*ruleNode
	plus, client, user *ruleNode
	here               marks // of filters that end here
	below              marks // of filters that end with # here; they match this level, too
}

// add returns the node, made if it is nil, with one more filter.
func (n *ruleNode) add(filter string, how access, line int) *ruleNode {
	if n == nil {
		n = &ruleNode{}
	}
	n.insert(filter, mark{how, line}, false)
	return n
}

func (n *ruleNode) insert(filter string, r mark, pattern bool) {
	for level := range strings.SplitSeq(filter, "/") {
		if level == "#" {
			n.below.set(r)
			return
		}
		n = n.child(level, pattern)
	}
	n.here.set(r)
}

func (n *ruleNode) child(level string, pattern bool) *ruleNode {
	var at **ruleNode
	switch {
	case level == "+":
		at = &n.plus
	case pattern && level == "%c":
		at = &n.client
	case pattern && level == "%u":
		at = &n.user
	default:
		if n.kids == nil {
			n.kids = map[string]*ruleNode{}
		}
		if n.kids[level] == nil {
			n.kids[level] = &ruleNode{}
		}
		return n.kids[level]
	}
	if *at == nil {
		*at = &ruleNode{}
	}
	return *at
}

// matcher finds the rules of a list that match one topic.
type matcher struct {
	topic        string
	want         access
	client, user string // what %c and %u stand for; empty: for nothing
	deny, allow  int    // first lines found
}

// decision returns the answer of the list, and whether it has one: what is
// denied comes first, wherever it stands.
func (m *matcher) decision() (Decision, bool) {
	if m.deny > 0 {
		return Decision{Line: m.deny}, true
	}
	return Decision{Allowed: m.allow > 0, Line: m.allow}, m.allow > 0
}

// walk visits the nodes below n that match the topic from pos on; pos is
// behind the topic's end when no level is left. Its depth is that of the rules,
// and it visits each node at most once. With denyOnly, what it finds can only
// deny.
func (m *matcher) walk(n *ruleNode, pos int, denyOnly bool) {
	system := pos == 0 && m.topic[0] == '$' // wildcards do not match it
	if !system {
		m.found(&n.below, denyOnly)
	}
	if pos > len(m.topic) {
		m.found(&n.here, denyOnly)
		return
	}
	level := m.topic[pos:]
	if i := strings.IndexByte(level, '/'); i >= 0 {
		level = level[:i]
	}
	if kid := n.kids[level]; kid != nil {
		m.walk(kid, pos+len(level)+1, denyOnly)
	}
	if system {
		return
	}
	if n.plus != nil {
		m.walk(n.plus, pos+len(level)+1, denyOnly)
	}
	m.stand(n.client, m.client, pos, denyOnly)
	m.stand(n.user, m.user, pos, denyOnly)
}

// stand follows %c or %u where the topic has the name at pos. A name with a
// slash is more than the one level that the rule means: it gets no rights by
// it, but does not escape a denial.
func (m *matcher) stand(n *ruleNode, name string, pos int, denyOnly bool) {
	if n == nil || name == "" || !strings.HasPrefix(m.topic[pos:], name) {
		return
	}
	end := pos + len(name)
	if end < len(m.topic) && m.topic[end] != '/' {
		return
	}
	m.walk(n, end+1, denyOnly || strings.Contains(name, "/"))
}

func (m *matcher) found(at *marks, denyOnly bool) {
	m.deny = earlier(m.deny, at.deny)
	if denyOnly {
		return
	}
	if m.want == canRead {
		m.allow = earlier(m.allow, at.read)
	} else {
		m.allow = earlier(m.allow, at.write)
	}
}
