package auth

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
)

func mustOpen(t testing.TB, c Config) *Authorizer {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	a, err := open(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// login returns what a client with these credentials sends; "-" is none.
func login(user, password string) *broker.ConnectInfo {
	c := &broker.ConnectInfo{ClientID: "c1", Version: mqtt.V5, Remote: "127.0.0.1:1"}
	if user != "-" {
		c.Username, c.HasUsername = user, true
	}
	if password != "-" {
		c.Password, c.HasPassword = []byte(password), true
	}
	return c
}

func TestConnect(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	token := s.token(t, "HS256", headerOf("HS256"), `{"sub":"tim","exp":99999999999,"acl":["read a"]}`)
	pw := write(t, "pw", "alice:"+quick(t, "one")+"\n")
	key := write(t, "key", string(s.secret))
	hook := (&program{status: func(q map[string]any) int {
		if q["username"] == "hans" && q["password"] == "three" || q["username"] == "" {
			return 200
		}
		return 403
	}}).options()
	all := Config{PasswordFile: pw, TokenKeyFile: key, Hook: hook}
	const bad, denied = mqtt.BadUserNameOrPassword, mqtt.NotAuthorized
	tests := []struct {
		name           string
		config         Config
		user, password string
		want           mqtt.ReasonCode
	}{
		{"nothing configured", Config{}, "-", "-", denied},
		{"nothing configured, user", Config{}, "alice", "one", bad},
		{"anonymous", Config{AllowAnonymous: true}, "-", "-", mqtt.Success},
		{"any user where nobody checks", Config{AllowAnonymous: true}, "alice", "x", mqtt.Success},
		{"password", Config{PasswordFile: pw}, "alice", "one", mqtt.Success},
		{"wrong password", Config{PasswordFile: pw}, "alice", "two", bad},
		{"no password", Config{PasswordFile: pw}, "alice", "-", bad},
		{"empty password", Config{PasswordFile: pw}, "alice", "", bad},
		{"unknown user", Config{PasswordFile: pw}, "bob", "one", bad},
		{"unknown user, no password", Config{PasswordFile: pw}, "bob", "-", bad},
		{"empty user", Config{PasswordFile: pw}, "", "one", bad},
		{"anonymous not allowed", Config{PasswordFile: pw}, "-", "-", denied},
		{"anonymous beside a file", Config{PasswordFile: pw, AllowAnonymous: true}, "-", "-", mqtt.Success},
		{"unknown user is not anonymous", Config{PasswordFile: pw, AllowAnonymous: true}, "bob", "x", bad},
		{"wrong password is not anonymous", Config{PasswordFile: pw, AllowAnonymous: true}, "alice", "x", bad},
		{"token", Config{TokenKeyFile: key}, "-", token, mqtt.Success},
		{"token with another name", all, "alice", token, mqtt.Success},
		{"broken token", all, "alice", token[:len(token)-1], bad},
		{"broken token, anonymous allowed", Config{TokenKeyFile: key, AllowAnonymous: true}, "-", token[:len(token)-1], bad},
		{"user where only tokens count", Config{TokenKeyFile: key, AllowAnonymous: true}, "alice", "one", bad},
		{"file before hook", all, "alice", "one", mqtt.Success},
		{"wrong password is final", all, "alice", "three", bad},
		{"hook", all, "hans", "three", mqtt.Success},
		{"hook denies", all, "hans", "x", bad},
		{"hook decides on anonymous", all, "-", "-", mqtt.Success},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := login(tc.user, tc.password)
			err := mustOpen(t, tc.config).Connect(t.Context(), c)
			if got := codeOf(err); got != tc.want || (err == nil) != (tc.want == mqtt.Success) {
				t.Errorf("Connect = %v, want %v", err, tc.want)
			}
			if err == nil && tc.password == token && (c.Username != "tim" || !c.HasUsername) {
				t.Errorf("user name = %q, %t, want that of the token", c.Username, c.HasUsername)
			}
			if err != nil && tc.password != "-" && tc.password != "" && strings.Contains(err.Error(), tc.password) {
				t.Errorf("error %q holds the password", err)
			}
		})
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	pw := write(t, "pw", "alice:"+quick(t, "one")+"\n")
	acl := write(t, "acl", "user alice\ntopic read in/#\ntopic write out\ntopic deny in/no\n")
	c := login("alice", "one")
	a := mustOpen(t, Config{PasswordFile: pw, ACLFile: acl})
	if err := a.Connect(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	none := "no rule of " + acl + " allows it"
	tests := []struct {
		name, want string // want: the end of the error
		err        error
	}{
		{"publish out", "", a.Publish(c, "out")},
		{"publish in", none, a.Publish(c, "in/x")},
		{"publish in/no", "by rule " + acl + ":4", a.Publish(c, "in/no")},
		{"publish $SYS", "only the server publishes there", a.Publish(c, "$SYS/x")},
		{"read in/x", "", a.Read(c, "in/x")},
		{"read in/no", "by rule " + acl + ":4", a.Read(c, "in/no")},
		{"read out", none, a.Read(c, "out")},
		{"subscribe in/x", "", a.Subscribe(c, mustFilter(t, "in/x"))},
		{"subscribe in/no", "by rule " + acl + ":4", a.Subscribe(c, mustFilter(t, "in/no"))},
		{"subscribe out", none, a.Subscribe(c, mustFilter(t, "out"))},
		{"subscribe with wildcards", "", a.Subscribe(c, mustFilter(t, "#"))},
		{"subscribe shared", "", a.Subscribe(c, mustFilter(t, "$share/g/in/x"))},
		{"subscribe shared no", "by rule " + acl + ":4", a.Subscribe(c, mustFilter(t, "$share/g/in/no"))},
	}
	for _, tc := range tests {
		if tc.want == "" {
			if tc.err != nil {
				t.Errorf("%s: %v, want nil", tc.name, tc.err)
			}
			continue
		}
		if codeOf(tc.err) != mqtt.NotAuthorized || !strings.HasSuffix(tc.err.Error(), tc.want) {
			t.Errorf("%s: %v, want not authorized … %s", tc.name, tc.err, tc.want)
		}
	}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Warn("denied", "what", a.Publish(c, "in/no"))
	if want := "what.client=c1 what.user=alice what.topic=in/no what.rule=" + acl + ":4\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("log = %q, want it to end with %q", b.String(), want)
	}
}

func mustFilter(t testing.TB, s string) mqtt.Filter {
	t.Helper()
	f, err := mqtt.ParseFilter(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNoRulesAllowAll(t *testing.T) {
	t.Parallel()
	a := mustOpen(t, Config{AllowAnonymous: true})
	c := login("-", "-")
	if err := errors.Join(a.Connect(t.Context(), c), a.Publish(c, "a"), a.Read(c, "$SYS/x"), a.Subscribe(c, mustFilter(t, "a"))); err != nil {
		t.Errorf("without an ACL: %v", err)
	}
	if err := a.Publish(c, "$SYS/x"); err == nil {
		t.Error("a client may publish below $SYS")
	}
}

func TestTokenRightsReplaceTheFile(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	a := mustOpen(t, Config{TokenKeyFile: write(t, "key", string(s.secret)), ACLFile: write(t, "acl", "user tim\ntopic write file\n")})
	with := login("-", s.token(t, "HS256", headerOf("HS256"), `{"sub":"tim","exp":99999999999,"mqtt":{"pub":["token/%c"]}}`))
	without := login("-", s.token(t, "HS256", headerOf("HS256"), `{"sub":"tim","exp":99999999999}`))
	for _, c := range []*broker.ConnectInfo{with, without} {
		if err := a.Connect(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for i, got := range []error{a.Publish(with, "token/c1"), a.Publish(without, "file")} {
		if got != nil {
			t.Errorf("allowed case %d: %v", i, got)
		}
	}
	for i, got := range []error{a.Publish(with, "file"), a.Publish(without, "token/c1"), a.Read(with, "token/c1")} {
		if codeOf(got) != mqtt.NotAuthorized {
			t.Errorf("denied case %d: %v", i, got)
		}
	}
}

func TestHookComesAfterRules(t *testing.T) {
	t.Parallel()
	p := &program{status: func(q map[string]any) int {
		if q["topic"] == "a/no" {
			return 403
		}
		return 200
	}}
	a := mustOpen(t, Config{AllowAnonymous: true, ACLFile: write(t, "acl", "topic a/#\n"), Hook: p.options()})
	c := login("-", "-")
	if err := a.Publish(c, "a/b"); err != nil {
		t.Error(err)
	}
	if err := a.Publish(c, "b"); codeOf(err) != mqtt.NotAuthorized || len(p.asked) != 1 {
		t.Errorf("publish against the rules = %v, with %d questions, want not authorized, 1", err, len(p.asked))
	}
	err := a.Publish(c, "a/no")
	var r *Refusal
	if !errors.As(err, &r) || r.Client != "c1" || r.Topic != "a/no" || r.Code != mqtt.NotAuthorized {
		t.Errorf("publish against the hook = %+v, want a refusal that names client and topic", err)
	}
	if err := a.Subscribe(c, mustFilter(t, "a/#")); err != nil {
		t.Error(err)
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	pw := write(t, "pw", "alice:"+quick(t, "one")+"\n")
	acl := write(t, "acl", "user alice\ntopic a\n")
	a := mustOpen(t, Config{PasswordFile: pw, ACLFile: acl})
	c := login("alice", "one")
	if err := a.Connect(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	before := a.Generation()
	change := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// One wrong file of two: nothing changes.
	change(pw, "")
	change(acl, "user alice\ntopic b\nnonsense\n")
	err := a.Reload()
	if want := "ACL file: " + acl + `:3: "nonsense": not one of user, topic, pattern`; err == nil || err.Error() != want {
		t.Errorf("Reload = %v, want %q", err, want)
	}
	if err := errors.Join(a.Connect(t.Context(), login("alice", "one")), a.Publish(c, "a"), a.Read(c, "a")); err != nil || a.Generation() != before {
		t.Errorf("after a refused reload: %v, generation %d, want nil, %d", err, a.Generation(), before)
	}
	// Both right: both in force, also for who is connected.
	change(acl, "user alice\ntopic b\n")
	if err := a.Reload(); err != nil {
		t.Fatal(err)
	}
	if err := a.Connect(t.Context(), login("alice", "one")); codeOf(err) != mqtt.BadUserNameOrPassword {
		t.Errorf("a removed user connects: %v", err)
	}
	if a.Generation() == before || a.Publish(c, "a") == nil || a.Publish(c, "b") != nil {
		t.Error("the new rules are not in force")
	}
	if err := a.Read(c, "b"); err == nil || !strings.HasSuffix(err.Error(), "the user was removed") {
		t.Errorf("a removed user reads: %v", err)
	}
	if err := os.Remove(acl); err != nil {
		t.Fatal(err)
	}
	if err := a.Reload(); !errors.Is(err, os.ErrNotExist) || a.Publish(c, "b") != nil {
		t.Errorf("Reload without the file = %v, want that it does not exist, and the old rules", err)
	}
}

func TestOpenFailsClosed(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]Config{
		"password file": {PasswordFile: missing}, "ACL": {ACLFile: missing}, "key": {TokenKeyFile: missing}, "hook": {Hook: HookOptions{URL: "nowhere"}},
		"plain password": {PasswordFile: write(t, "pw", "a:secret\n")}, "directory": {ACLFile: t.TempDir()},
	} {
		if _, err := Open(c); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: Open = %v, want an error without secrets", name, err)
		}
	}
}

func TestGenerationGrowsWithTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, err := open(Config{Hook: (&program{status: always(200)}).options()}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	before := a.Generation()
	now = now.Add(hookRemember - 1)
	if got := a.Generation(); got != before {
		t.Errorf("Generation() = %d, want %d still", got, before)
	}
	now = now.Add(1)
	if got := a.Generation(); got != before+1 {
		t.Errorf("Generation() = %d, want %d", got, before+1)
	}
}

func TestExpiredTokenReadsNothing(t *testing.T) {
	t.Parallel()
	s := newSigners(t)
	now := time.Unix(1000, 0)
	a, err := open(Config{TokenKeyFile: write(t, "key", string(s.secret))}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	c := login("-", s.token(t, "HS256", headerOf("HS256"), `{"sub":"tim","exp":1100}`))
	if err := errors.Join(a.Connect(t.Context(), c), a.Read(c, "a"), a.Recheck(c)); err != nil {
		t.Fatal(err)
	}
	before := a.Generation()
	now = time.Unix(1130, 0)
	if a.Read(c, "a") == nil || a.Subscribe(c, mustFilter(t, "#")) == nil || a.Recheck(c) == nil || a.Generation() == before {
		t.Error("the client of an expired token may still read")
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	const entry = "$scram-sha-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
	a := mustOpen(t, Config{PasswordFile: write(t, "pw", "user:"+entry+"\n"), ACLFile: write(t, "acl", "user user\ntopic a\n")})
	for password, want := range map[string]mqtt.ReasonCode{"pencil": mqtt.Success, "pen": mqtt.BadUserNameOrPassword} {
		info := login("other", "-")
		c := &ClientExchange{User: "user", Password: []byte(password)}
		x, reply, err := a.Begin(info, ScramMethod, c.Start())
		if err != nil {
			t.Fatal(err)
		}
		final, _, err := c.Next(reply)
		if err != nil {
			t.Fatal(err)
		}
		proof, done, err := x.Next(final)
		if codeOf(err) != want || done != (want == mqtt.Success) {
			t.Errorf("password %q: Next = %t, %v, want %v", password, done, err, want)
		}
		if !done {
			continue
		}
		if _, ok, err := c.Next(proof); !ok || err != nil {
			t.Errorf("the client does not believe the server: %v", err)
		}
		if info.Username != "user" || a.Publish(info, "a") != nil || a.Read(info, "a") != nil {
			t.Errorf("after the exchange the client is %q and may not use its topic", info.Username)
		}
	}
	plain := mustOpen(t, Config{PasswordFile: write(t, "pw", "user:"+quick(t, "x")+"\n")})
	for name, try := range map[string]func() error{
		"other method": func() error { _, _, err := a.Begin(login("-", "-"), "SCRAM-SHA-1", nil); return err },
		"no entries":   func() error { _, _, err := plain.Begin(login("-", "-"), ScramMethod, nil); return err },
		"no file":      func() error { _, _, err := mustOpen(t, Config{}).Begin(login("-", "-"), ScramMethod, nil); return err },
	} {
		if got := codeOf(try()); got != mqtt.BadAuthenticationMethod {
			t.Errorf("%s: Begin = %v, want %v", name, got, mqtt.BadAuthenticationMethod)
		}
	}
	if _, _, err := a.Begin(login("-", "-"), ScramMethod, []byte("n,a=x,n=user,r=x")); codeOf(err) != mqtt.NotAuthorized {
		t.Errorf("Begin with an identity = %v, want not authorized", err)
	}
}
