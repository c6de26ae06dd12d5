package auth

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mqt/internal/mqtt"
)

func TestParseACL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string // want: the error
	}{
		{"empty", "", ""},
		{"comments and blank lines", "# x\n\n   \n\t\n#\n", ""},
		{"all words", "topic a\ntopic read a\nuser x y \ntopic write a b\n pattern readwrite %c/#\npattern deny $SYS/#\r\n", ""},
		{"many spaces", "topic   read   a\nuser   x\n", ""},
		{"an access word alone is a topic", "topic read\n", ""},
		{"share", "topic read $share\n", ""},
		{"200 levels", "topic " + strings.Repeat("/", 199) + "\n", ""},
		{"other word", "topic a\ntopics a\n", `f:2: "topics": not one of user, topic, pattern`},
		{"indented comment", " # x\n", `f:1: "#": not one of user, topic, pattern`},
		{"tabs do not separate", "topic\ta\n", `f:1: "topic\ta": not one of user, topic, pattern`},
		{"capitals", "Topic a\n", `f:1: "Topic": not one of user, topic, pattern`},
		{"no topic", "topic\n", "f:1: no topic"},
		{"no topic but a space", "pattern  \n", "f:1: no topic"},
		{"wrong access", "topic subscribe a\n", `f:1: access "subscribe": not one of read, write, readwrite, deny`},
		{"topic with a space", "topic my topic\n", `f:1: access "my": not one of read, write, readwrite, deny`},
		{"no user", "user\n", "f:1: user without a name"},
		{"no user but a space", "user  \n", "f:1: user without a name"},
		{"user with NUL", "user a\x00b\n", "f:1: the user name is not valid UTF-8"},
		{"wildcard", "\n\ntopic a/#/b\n", `f:3: topic "a/#/b" has a # that is not the whole last level`},
		{"not UTF-8", "topic read \xff\n", `f:1: topic "\xff" is not valid UTF-8`},
		{"201 levels", "topic read " + strings.Repeat("/", 200) + "\n", "f:1: topic \"" + strings.Repeat("/", 80) + "\" has 201 levels, more than 200"},
	}
	for _, tc := range tests {
		_, err := ParseACL("f", []byte(tc.text))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: ParseACL(%q) = %q, want %q", tc.name, tc.text, got, tc.want)
		}
	}
}

func TestACLWarnings(t *testing.T) {
	t.Parallel()
	a := mustACL(t, "pattern write a/%c\npattern write a-%c\npattern read a\ntopic a-%c\n")
	want := []string{"f:2: %c and %u stand for something only as a whole level"}
	if got := a.Warnings(); !reflect.DeepEqual(got, want) {
		t.Errorf("Warnings() = %q, want %q", got, want)
	}
}

func mustACL(t testing.TB, text string) *ACL {
	t.Helper()
	a, err := ParseACL("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const rules = `topic read open/#
topic deny open/secret
topic write drop
user alice
topic read a/+
topic write a/b
topic deny a/no
topic readwrite a/no
topic $SYS/#
topic #
user bob
topic rw/#
pattern readwrite own/%c/#
pattern read u/%u
pattern deny own/%c/sealed
pattern deny sealed/%c
pattern readwrite sealed/#
pattern readwrite %c/top
pattern write x-%c
user alice
topic deny last`

func TestACLDecisions(t *testing.T) {
	t.Parallel()
	a := mustACL(t, rules)
	anonymous := Subject{ClientID: "c1"}
	alice := Subject{ClientID: "c1", User: "alice", HasUser: true}
	bob := Subject{ClientID: "c1", User: "bob", HasUser: true}
	tests := []struct {
		name        string
		who         Subject
		topic       string
		read, write Decision
	}{
		{"wildcard", anonymous, "open/x", Decision{true, 1}, Decision{}},
		{"parent of a #", anonymous, "open", Decision{true, 1}, Decision{}},
		{"deny comes first", anonymous, "open/secret", Decision{false, 2}, Decision{false, 2}},
		{"write only", anonymous, "drop", Decision{}, Decision{true, 3}},
		{"not the user's", anonymous, "a/b", Decision{}, Decision{}},
		{"not the anonymous", bob, "open/x", Decision{}, Decision{}},
		{"first match of each access", alice, "a/b", Decision{true, 5}, Decision{true, 6}},
		{"deny before allow of the same topic", alice, "a/no", Decision{false, 7}, Decision{false, 7}},
		{"# of a user", alice, "anything", Decision{true, 10}, Decision{true, 10}},
		{"a user's second part", alice, "last", Decision{false, 21}, Decision{false, 21}},
		{"# matches no $", alice, "$other", Decision{}, Decision{}},
		{"$SYS is read by rule, written by none", alice, "$SYS/broker/uptime", Decision{true, 9}, Decision{}},
		{"$SYS without a rule", bob, "$SYS/broker/uptime", Decision{}, Decision{}},
		{"no access word", bob, "rw/x", Decision{true, 12}, Decision{true, 12}},
		{"client pattern", bob, "own/c1/x", Decision{true, 13}, Decision{true, 13}},
		{"another client's", bob, "own/c2/x", Decision{}, Decision{}},
		{"pattern deny", bob, "own/c1/sealed", Decision{false, 15}, Decision{false, 15}},
		{"pattern deny of one's own only", bob, "sealed/c1", Decision{false, 16}, Decision{false, 16}},
		{"pattern without names", bob, "sealed/c2", Decision{true, 17}, Decision{true, 17}},
		{"own entries before pattern deny", alice, "own/c1/sealed", Decision{true, 10}, Decision{true, 10}},
		{"user pattern", bob, "u/bob", Decision{true, 14}, Decision{}},
		{"user pattern, anonymous", anonymous, "u/", Decision{}, Decision{}},
		{"user pattern, empty name", Subject{"c1", "", true}, "u/", Decision{}, Decision{}},
		{"user without entries", Subject{"c1", "eve", true}, "own/c1/x", Decision{true, 13}, Decision{true, 13}},
		{"pattern in a part of a level", bob, "x-c1", Decision{}, Decision{}},
		{"client named like $SYS", Subject{ClientID: "$x"}, "$x/top", Decision{}, Decision{}},
		{"client with +", Subject{ClientID: "c+"}, "sealed/x", Decision{}, Decision{}},
		{"client with #", Subject{ClientID: "#"}, "own/#/x", Decision{}, Decision{}},
		{"user with #", Subject{"c1", "b#", true}, "own/c1/x", Decision{}, Decision{}},
		{"client with / gets no rights", Subject{ClientID: "c1/x"}, "own/c1/x/y", Decision{}, Decision{}},
		{"client with / may use other patterns", Subject{ClientID: "c/x"}, "sealed/y", Decision{true, 17}, Decision{true, 17}},
		{"client with / escapes no denial", Subject{ClientID: "c/x"}, "sealed/c/x", Decision{false, 16}, Decision{false, 16}},
		{"client that is another's parent", Subject{ClientID: "c"}, "own/c1/x", Decision{}, Decision{}},
		{"no topic", alice, "", Decision{}, Decision{}},
		{"share", alice, "$share/a/b", Decision{}, Decision{}},
	}
	for _, tc := range tests {
		if got := a.Read(tc.who, tc.topic); got != tc.read {
			t.Errorf("%s: Read(%+v, %q) = %+v, want %+v", tc.name, tc.who, tc.topic, got, tc.read)
		}
		if got := a.Write(tc.who, tc.topic); got != tc.write {
			t.Errorf("%s: Write(%+v, %q) = %+v, want %+v", tc.name, tc.who, tc.topic, got, tc.write)
		}
	}
}

func TestEmptyACLDeniesAll(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]*ACL{"no text": mustACL(t, ""), "comment": mustACL(t, "# topic #\n"), "zero": {}} {
		if r, w := a.Read(Subject{}, "a"), a.Write(Subject{}, "a"); r != (Decision{}) || w != (Decision{}) {
			t.Errorf("%s: Read = %+v, Write = %+v, want both denied", name, r, w)
		}
	}
}

// TestACLDeepTopic checks that the depth of a topic costs nothing that the
// rules do not ask for.
func TestACLDeepTopic(t *testing.T) { // not parallel: it counts allocations
	a := mustACL(t, "topic read +/+/#\ntopic read "+strings.Repeat("+/", 198)+"x\n")
	topic := strings.Repeat("/", mqtt.MaxTopicBytes)
	if got, want := a.Read(Subject{}, topic), (Decision{true, 1}); got != want {
		t.Errorf("Read = %+v, want %+v", got, want)
	}
	if n := testing.AllocsPerRun(10, func() { a.Read(Subject{}, topic) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// plainRule and plainACL decide as mosquitto 2.0 does: rule by rule, with the
// names put into the patterns' text.
type plainRule struct {
	pattern bool
	user    string
	hasUser bool
	how     access
	filter  string
}

func plainDecide(rules []plainRule, s Subject, topic string, want access) bool {
	for _, pattern := range []bool{false, true} {
		if pattern && strings.ContainsAny(s.ClientID+s.User, "+#") {
			return false
		}
		for _, denying := range []bool{true, false} {
			for _, r := range rules {
				filter := r.filter
				if r.pattern {
					if strings.Contains(filter, "%u") && !s.HasUser {
						continue
					}
					filter = strings.NewReplacer("%c", s.ClientID, "%u", s.User).Replace(filter)
				}
				f, err := mqtt.ParseFilter(filter)
				mine := r.pattern || r.hasUser == s.HasUser && r.user == s.User
				if err != nil || r.pattern != pattern || !mine || (r.how == denied) != denying || !f.Match(topic) {
					continue
				}
				if denying || r.how&want != 0 {
					return !denying
				}
			}
		}
	}
	return false
}

var accessWords = map[access]string{denied: "deny ", canRead: "read ", canWrite: "write ", canRead | canWrite: "readwrite "}

func (r plainRule) text() string {
	word := "topic "
	if r.pattern {
		word = "pattern "
	}
	return word + accessWords[r.how] + r.filter
}

// drawRules draws a file: the text and the same as a list.
func drawRules(t *rapid.T) (string, []plainRule) {
	var b strings.Builder
	var all []plainRule
	user, hasUser := "", false
	for range rapid.IntRange(0, 12).Draw(t, "rules") {
		if rapid.IntRange(0, 3).Draw(t, "user line") == 0 {
			user, hasUser = rapid.SampledFrom([]string{"u1", "u2"}).Draw(t, "user"), true
			fmt.Fprintf(&b, "user %s\n", user)
		}
		r := plainRule{pattern: rapid.Bool().Draw(t, "pattern"), user: user, hasUser: hasUser}
		r.how = access(rapid.IntRange(0, 3).Draw(t, "access"))
		levels := []string{"a", "b", "c1", "", "+"}
		if r.pattern {
			levels = append(levels, "%c", "%u")
		}
		path := rapid.SliceOfN(rapid.SampledFrom(levels), 1, 3).Draw(t, "levels")
		if rapid.IntRange(0, 2).Draw(t, "#") == 0 {
			path = append(path, "#")
		}
		if rapid.IntRange(0, 5).Draw(t, "$") == 0 {
			path[0] = "$a"
		}
		if r.filter = strings.Join(path, "/"); r.filter == "" {
			continue
		}
		fmt.Fprintln(&b, r.text())
		all = append(all, r)
	}
	return b.String(), all
}

// TestACLAgainstPlain compares the compiled rules with a plain reading of
// them. Client identifiers with a slash are left out: mosquitto 2.0 lets them
// span levels.
func TestACLAgainstPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, plain := drawRules(t)
		a, err := ParseACL("f", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []Subject{{ClientID: "c1"}, {ClientID: "+"}, {"c1", "u1", true}, {"a", "u2", true}, {"b", "b", true}} {
			for range 20 {
				topic := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c1", "", "$a", "u1"}), 1, 4).Draw(t, "topic"), "/")
				if topic == "" {
					continue
				}
				if got, want := a.Read(s, topic).Allowed, plainDecide(plain, s, topic, canRead); got != want {
					t.Fatalf("Read(%+v, %q) = %t, want %t, with\n%s", s, topic, got, want, text)
				}
				if got, want := a.Write(s, topic).Allowed, plainDecide(plain, s, topic, canWrite); got != want {
					t.Fatalf("Write(%+v, %q) = %t, want %t, with\n%s", s, topic, got, want, text)
				}
			}
		}
	})
}

// FuzzParseACL checks that errors name their line, and that no file or topic
// makes a decision panic or give a right without a rule.
func FuzzParseACL(f *testing.F) {
	f.Add([]byte(rules), "own/c1/x")
	f.Add([]byte("topic read #\npattern deny %c/%u/+/#"), "$SYS/a")
	f.Fuzz(func(t *testing.T, text []byte, topic string) {
		a, err := ParseACL("f", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("error %q does not name file and line", err)
			}
			return
		}
		for _, s := range []Subject{{ClientID: "c1"}, {"c/1", "alice", true}, {ClientID: topic}} {
			for _, d := range []Decision{a.Read(s, topic), a.Write(s, topic)} {
				if d.Allowed && d.Line == 0 {
					t.Errorf("decision %+v for %q", d, topic)
				}
			}
		}
	})
}

func BenchmarkACL(b *testing.B) {
	var text strings.Builder
	text.WriteString("user u\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "topic read site/%d/+/temperature\n", i)
	}
	text.WriteString("pattern readwrite own/%c/#\n")
	a := mustACL(b, text.String())
	s := Subject{"c1", "u", true}
	for b.Loop() {
		a.Read(s, "site/999/kitchen/temperature")
		a.Write(s, "own/c1/x")
	}
}
