package auth

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

// manualACL is the example of mosquitto's documentation (mosquitto.conf(5)
// and the aclfile.example that comes with it).
const manualACL = `# This affects access control for clients with no username.
topic read $SYS/#

# This only affects clients with username "roger".
user roger
topic foo/bar

# This affects all clients.
pattern write $SYS/broker/connection/%c/state
pattern readwrite sensor/%u/data
`

// pageACL has the example of the manual page, mosquitto.conf(5), which differs
// from the one in the file, with the forms that the page explains around it.
const pageACL = `# Lines that begin with # say nothing.
topic read $SYS/#
topic read open/#
topic deny open/secret

user alice
topic a/b
topic read a/+/c
topic write own/#
topic deny own/c1/sealed

pattern write sensor/%u/data
pattern write $SYS/broker/connection/%c/state
pattern read u/%u
`

// everything lets the test's own publisher write all topics.
const everything = "user test\ntopic #\ntopic $other/#\n"

var aclFiles = map[string]string{
	"manual":            manualACL,
	"manual page":       pageACL,
	"rules":             strings.ReplaceAll(rules, "pattern write x-%c\n", ""), // 2.0 replaces within a level
	"nothing":           "",
	"deny only":         "topic deny a/#\nuser alice\ntopic deny #\n",
	"wildcards":         "topic read +/+\ntopic write +/#\nuser alice\ntopic read a/+/c\ntopic write /#\ntopic +\nuser bob\ntopic $other/+\ntopic read +/b/#\ntopic deny +/b/no\n",
	"patterns":          "pattern read %u/#\npattern write %c/+\npattern a/%c/%u\npattern deny a/c1/bob\npattern deny %u/no\n",
	"denials come late": "topic #\nuser alice\ntopic #\ntopic $SYS/#\ntopic deny a/b\nuser bob\ntopic read a/#\ntopic deny a/b\ntopic write a/b\npattern deny open/#\npattern #\npattern deny drop\n",
}

var aclSubjects = []Subject{
	{ClientID: "c1"},
	{"c1", "alice", true},
	{"c2", "bob", true},
	{"c1", "roger", true},
	{"c+1", "alice", true},
	{"#", "bob", true},
	{"c1", "x#", true},
	{"a", "eve", true},
}

var aclTopics = []string{
	"open", "open/x", "open/secret", "drop", "a/b", "a/no", "a/b/c", "/", "/b", "b", "a/b/no", "last", "own/c1/x", "own/c1/sealed", "own/c2/x",
	"u/bob", "sealed/c1", "sealed/x", "c1/top", "c1/x", "alice/no", "alice/yes", "a/c1/bob", "a/c2/bob", "a/c1/alice", "$other/x", "foo/bar",
	"sensor/roger/data", "sensor/alice/data",
}

// TestACLBesideMosquitto asks mosquitto and us the same questions: may this
// client write, may it read.
func TestACLBesideMosquitto(t *testing.T) {
	t.Parallel()
	for name, text := range aclFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text += everything
			a := mustACL(t, text)
			if name == "nothing" {
				text = "" // ours must not know the publisher either
				a = mustACL(t, text)
			}
			addr := mosquitto(t, "allow_anonymous true", "sys_interval 1", "acl_file "+write(t, "acl", text))
			for _, s := range aclSubjects {
				compareACL(t, a, addr, s)
			}
		})
	}
}

func compareACL(t *testing.T, a *ACL, addr string, s Subject) {
	t.Helper()
	const system = "$SYS/broker/version" // published by the broker itself, retained
	for _, topic := range append([]string{system}, aclTopics...) {
		want := publishAs(t, addr, s, topic)
		if got := a.Write(s, topic); got.Allowed != want {
			t.Errorf("Write(%+v, %q) = %+v, mosquitto allows it: %t", s, topic, got, want)
		}
	}
	reader, _ := dial(t, addr, s, "")
	reader.subscribe(append([]string{system}, aclTopics...))
	publisher, _ := dial(t, addr, Subject{ClientID: "publisher", User: "test", HasUser: true}, "")
	sent := a.Write(Subject{User: "test", HasUser: true}, "a").Allowed
	for _, topic := range aclTopics {
		if !sent {
			break
		}
		if ok, err := publisher.publish(topic); !ok || err != nil {
			t.Fatalf("the test's publisher may not publish to %q: %v", topic, err)
		}
	}
	reader.flush()
	for _, topic := range append([]string{system}, aclTopics...) {
		if !sent && topic != system {
			continue
		}
		if got, want := a.Read(s, topic), reader.received[topic]; got.Allowed != want {
			t.Errorf("Read(%+v, %q) = %+v, mosquitto allows it: %t", s, topic, got, want)
		}
	}
	reader.nc.Close()
	publisher.nc.Close()
}

// publishAs reports whether mosquitto lets s publish. Mosquitto 2.0.11 closes
// connections after it has refused, and sometimes the next one of the same
// client with them: that is no answer.
func publishAs(t *testing.T, addr string, s Subject, topic string) bool {
	t.Helper()
	for range 10 {
		c, _ := dial(t, addr, s, "")
		ok, err := c.publish(topic)
		c.nc.Close()
		if err == nil {
			return ok
		}
	}
	t.Fatalf("mosquitto does not answer %+v publishing to %q", s, topic)
	return false
}

// TestInstalledExamples takes the files that come with mosquitto as they are.
func TestInstalledExamples(t *testing.T) {
	t.Parallel()
	const dir = "/usr/share/doc/mosquitto/examples"
	acl, err := os.ReadFile(filepath.Join(dir, "aclfile.example"))
	if err != nil {
		t.Skipf("mosquitto's examples are not installed: %v", err)
	}
	if _, err := LoadPasswords(filepath.Join(dir, "pwfile.example")); err != nil {
		t.Error(err)
	}
	text := string(acl) + "\n" + everything
	a, addr := mustACL(t, text), mosquitto(t, "allow_anonymous true", "sys_interval 1", "acl_file "+write(t, "acl", text))
	for _, s := range aclSubjects {
		compareACL(t, a, addr, s)
	}
}

// TestMosquittoReadsOurPasswords has a real broker accept the files we write.
func TestMosquittoReadsOurPasswords(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pw")
	f := &PasswordFile{}
	passwords := map[string]string{}
	for _, o := range []HashOptions{{Scheme: PBKDF2}, {Scheme: PBKDF2, Iterations: 101}, {Scheme: SHA512}} {
		user, password := fmt.Sprintf("user %s %d", o.Scheme, o.Iterations), "pass wörd"+string(o.Scheme)
		hash, err := Hash([]byte(password), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Set(user, hash); err != nil {
			t.Fatal(err)
		}
		passwords[user] = password
	}
	if err := f.Write(name); err != nil {
		t.Fatal(err)
	}
	addr := mosquitto(t, "allow_anonymous false", "password_file "+name)
	for user, password := range passwords {
		s := Subject{ClientID: "c", User: user, HasUser: true}
		if _, code := dial(t, addr, s, password); code != mqtt.Success {
			t.Errorf("mosquitto answers %q with the right password with %v", user, code)
		}
		if _, code := dial(t, addr, s, password+"x"); !code.Failed() {
			t.Errorf("mosquitto answers %q with a wrong password with %v", user, code)
		}
	}
}

// TestWeReadMosquittosPasswords reads what mosquitto_passwd writes, and has it
// edit what we write.
func TestWeReadMosquittosPasswords(t *testing.T) {
	t.Parallel()
	program := peer(t, "mosquitto_passwd")
	name := filepath.Join(t.TempDir(), "pw")
	f := &PasswordFile{}
	if err := f.Set("ours", quick(t, "secret")); err != nil {
		t.Fatal(err)
	}
	if err := f.Set("gone", quick(t, "secret")); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(name); err != nil {
		t.Fatal(err)
	}
	plain := write(t, "plain", "p1:one\np2:two words\n")
	for _, args := range [][]string{
		{"-b", name, "pbkdf2", "pass wörd"},
		{"-H", "sha512", "-b", name, "sha512", "pass wörd"},
		{"-D", name, "gone"},
		{"-U", plain},
	} {
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
			t.Fatalf("mosquitto_passwd %q: %v: %s", args, err, out)
		}
	}
	v := newVerifier(time.Now)
	for file, users := range map[string]map[string]string{
		name:  {"ours": "secret", "pbkdf2": "pass wörd", "sha512": "pass wörd"},
		plain: {"p1": "one", "p2": "two words"},
	} {
		p, err := LoadPasswords(file)
		if err != nil {
			t.Fatal(err)
		}
		if p.Len() != len(users) {
			text, _ := os.ReadFile(file)
			t.Errorf("%d users, want %d, in:\n%s", p.Len(), len(users), text)
		}
		for user, password := range users {
			if err := v.verify(t.Context(), p, user, []byte(password)); err != nil {
				t.Errorf("user %q: %v", user, err)
			}
			if err := v.verify(t.Context(), p, user, []byte(password+"x")); err == nil {
				t.Errorf("user %q may log in with a wrong password", user)
			}
		}
	}
}
