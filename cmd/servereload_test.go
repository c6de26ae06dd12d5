package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What is denied is in the log with everything that is needed to find out why,
// without any flag.
func TestServeDenials(t *testing.T) {
	t.Parallel()
	acl := write(t, t.TempDir(), "acl", "# rules\nuser ann\ntopic readwrite ok/#\ntopic deny ok/not\n")
	s := startServe(t, "--listen", "mqtt://127.0.0.1:0", "--password-file", users(t, "ann"), "--acl-file", acl)
	to := func(topic string) []string {
		return slices.Concat([]string{"pub", "-L", s.urls[0], "-i", "pump", "-t", topic, "-n", "-q", "1"}, login("ann"))
	}
	expect(t, exitDone, "", to("ok/yes")...)
	expect(t, exitRefused, "not authorized", to("ok/not")...)
	s.log.until(t, "level=WARN", "denied", "client=pump", "user=ann", "topic=ok/not", acl+":4")
	expect(t, exitRefused, "not authorized", to("elsewhere")...)
	s.log.until(t, "level=WARN", "denied", "client=pump", "user=ann", "topic=elsewhere")
	expect(t, exitRefused, "bad user name", "pub", "-L", s.urls[0], "-i", "thief", "-u", "ann", "-P", "guess-word", "-t", "a", "-n")
	s.log.until(t, "level=WARN", "denied", "client=thief", "user=ann")
	if log := s.log.String(); strings.Contains(log, "guess-word") || strings.Contains(log, "ann-pw") {
		t.Errorf("a password is in the log:\n%s", log)
	}
}

// Broken files change nothing and are errors; good ones count at once, for
// subscriptions and connections that exist too.
func TestServeReload(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"hangup", "change"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			pw, other := users(t, "ann", "bob"), users(t, "ann", "bob", "eve")
			const good = "user ann\ntopic readwrite #\nuser bob\ntopic read a/#\n"
			acl, done := write(t, dir, "acl", good), map[string]string{"hangup": "read again", "change": "files reloaded"}[way]
			hup := make(chan os.Signal)
			s := startServeHangup(t, hup, "--listen", "mqtt://127.0.0.1:0", "--password-file", pw, "--acl-file", acl, "-v")
			reload := func(path, text, said string) {
				t.Helper()
				before := len(s.log.String())
				write(t, filepath.Dir(path), filepath.Base(path)+".new", text)
				if err := os.Rename(path+".new", path); err != nil {
					t.Fatal(err)
				}
				if way == "hangup" {
					hup <- os.Interrupt
				}
				s.log.untilAfter(t, before, said)
			}
			as := func(name string, words ...string) []string {
				return slices.Concat(words, []string{"-L", s.urls[0]}, login(name))
			}
			bob := startSub(t, as("bob", "-t", "a/#", "-i", "bobs", "-v")...)
			s.log.until(t, "client connected", "bobs")
			expect(t, exitDone, "", as("ann", "pub", "-t", "a/1", "-m", "one", "-q", "1", "-r")...)
			bob.until(t, "a/1 one")

			reload(acl, "user bob\ntopic read everything else\nnonsense\n", "level=ERROR")
			expect(t, exitDone, "", as("ann", "pub", "-t", "a/2", "-m", "two", "-q", "1")...)
			bob.until(t, "a/2 two")
			reload(acl, good, done)
			reload(pw, "bob:plain\n", "level=ERROR")
			expect(t, exitDone, "", as("ann", "pub", "-t", "a/3", "-m", "three", "-q", "1")...)

			text, err := os.ReadFile(other)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, exitRefused, "bad user name", as("eve", "pub", "-t", "b/e", "-n")...)
			reload(pw, string(text), done)
			reload(acl, "user ann\ntopic readwrite #\nuser bob\ntopic read a/last\nuser eve\ntopic write b/e\n", done)
			expect(t, exitDone, "", as("eve", "pub", "-t", "b/e", "-n", "-q", "1")...)
			expect(t, exitDone, "", as("ann", "pub", "-t", "a/4", "-m", "hidden", "-q", "1")...)
			expect(t, exitDone, "", as("ann", "pub", "-t", "a/last", "-m", "shown", "-q", "1")...)
			bob.until(t, "a/last shown")
			if strings.Contains(bob.String(), "hidden") {
				t.Errorf("the old right still works: bob has %s", bob)
			}
		})
	}
}

// Users that are taken out of the file are not let in any more.
func TestServeRevokedUser(t *testing.T) {
	t.Parallel()
	pw, hup := users(t, "ann", "bob"), make(chan os.Signal)
	s := startServeHangup(t, hup, "--listen", "any://127.0.0.1:0", "--password-file", pw, "-v")
	pub := slices.Concat([]string{"pub", "-L", s.urls[0], "-t", "a", "-n"}, login("bob"))
	expect(t, exitDone, "", pub...)
	if code, _ := (request{url: s.web(0) + "/metrics", user: "bob"}).do(t); code != 200 {
		t.Errorf("GET /metrics = %d, want 200", code)
	}
	expect(t, exitDone, "", "passwd", "-D", pw, "bob")
	hup <- os.Interrupt
	s.log.until(t, "read again")
	expect(t, exitRefused, "bad user name", pub...)
	if code, _ := (request{url: s.web(0) + "/metrics", user: "bob"}).do(t); code != 401 {
		t.Errorf("GET /metrics of a user who is gone = %d, want 401", code)
	}
}
