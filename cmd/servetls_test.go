package cmd

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestServeTLSVersions(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, "authority")
	cert, key, _ := a.issue("server", "server")
	for _, tt := range []struct {
		args []string
		ok   map[uint16]bool
	}{
		{ok: map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true}},
		{args: []string{"--tls-min", "1.3"}, ok: map[uint16]bool{tls.VersionTLS12: false, tls.VersionTLS13: true}},
	} {
		s := startServe(t, append([]string{"--listen", "mqtts://127.0.0.1:0", "--cert", cert, "--key", key}, tt.args...)...)
		for version, want := range tt.ok {
			nc, err := tls.Dial("tcp", "127.0.0.1:"+s.port(0), &tls.Config{RootCAs: a.pool(), MinVersion: version, MaxVersion: version})
			if (err == nil) != want {
				t.Errorf("%q, %s: %v, want success %v", tt.args, tls.VersionName(version), err, want)
			}
			if err == nil {
				nc.Close()
			}
		}
	}
	expect(t, exitUsage, "1.1", "serve", "--tls-min", "1.1")
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// The common name of a certificate is the user that rules see; no password is
// asked, none helps, and a user name in CONNECT changes nothing.
func TestServeClientCertificates(t *testing.T) {
	t.Parallel()
	a, foreign := newAuthority(t, "authority"), newAuthority(t, "authority")
	cert, key, _ := a.issue("server", "server")
	acl := write(t, t.TempDir(), "acl", "user ann\ntopic readwrite of/ann\npattern readwrite own/%u\n")
	for _, scheme := range []string{"mqtts", "wss", "any"} {
		s := startServe(t, "--listen", scheme+"://127.0.0.1:0", "--cert", cert, "--key", key, "--cafile", a.file,
			"--require-client-cert", "--use-identity-as-username", "--acl-file", acl, "--password-file", users(t, "ann"))
		at := s.urls[0]
		if scheme == "any" {
			at = "mqtts://127.0.0.1:" + s.port(0)
		}
		to := func(topic string, more ...string) []string {
			return slices.Concat([]string{"pub", "-L", at, "--cafile", a.file, "-t", topic, "-m", "x", "-q", "1"}, more)
		}
		ann, bob := a.client("ann"), a.client("bob")
		expect(t, exitDone, "", to("of/ann", ann...)...)
		expect(t, exitDone, "", to("own/ann", ann...)...)
		expect(t, exitDone, "", to("own/bob", bob...)...)
		expect(t, exitRefused, "not authorized", to("of/ann", bob...)...)
		expect(t, exitRefused, "not authorized", to("own/ann", append(login("ann"), bob...)...)...) // still bob
		s.log.until(t, "denied", "user=bob", "topic=of/ann")
		expect(t, exitFailed, "certificate", to("of/ann", login("ann")...)...)          // none
		expect(t, exitFailed, "certificate", to("of/ann", foreign.client("ann")...)...) // of another authority
		expect(t, exitRefused, "client certificate", to("of/ann", a.client("")...)...)  // names nobody
	}
}

// A revoked certificate is refused, from the moment the list is replaced on,
// also where a connection could be resumed.
func TestServeRevocation(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, "authority")
	cert, key, _ := a.issue("server", "server")
	good, goodKey, _ := a.issue("good", "good")
	bad, badKey, serial := a.issue("bad", "bad")
	hup := make(chan os.Signal)
	s := startServeHangup(t, hup, "--listen", "mqtts://127.0.0.1:0", "--cert", cert, "--key", key, "--cafile", a.file,
		"--require-client-cert", "--crlfile", a.revoke(), "-v")
	to := func(cert, key string) []string {
		return []string{"pub", "-L", s.urls[0], "--cafile", a.file, "-t", "a", "-n", "--cert", cert, "--key", key}
	}
	expect(t, exitDone, "", to(bad, badKey)...)
	a.revoke(serial)
	hup <- os.Interrupt
	s.log.until(t, "read again")
	expect(t, exitFailed, "certificate", to(bad, badKey)...)
	s.log.until(t, "connection closed before CONNECT", "the certificate is revoked: CN=bad")
	expect(t, exitDone, "", to(good, goodKey)...)
}

// A new certificate is used for new connections, those that are open go on; a
// broken one changes nothing.
func TestServeCertificateReload(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, "authority")
	cert, key, serial := a.issue("server", "old")
	hup := make(chan os.Signal)
	s := startServeHangup(t, hup, "--listen", "mqtts://127.0.0.1:0", "--cert", cert, "--key", key, "-v")
	shown := func() int64 {
		nc, err := tls.Dial("tcp", "127.0.0.1:"+s.port(0), &tls.Config{RootCAs: a.pool()})
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		return nc.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	sub := startSub(t, "-L", s.urls[0], "--cafile", a.file, "-t", "news", "-i", "watcher")
	s.log.until(t, "client connected", "watcher")
	if got := shown(); got != serial {
		t.Fatalf("serial = %d, want %d", got, serial)
	}
	_, _, next := a.issue("server", "new")
	hup <- os.Interrupt
	s.log.until(t, "read again")
	if got := shown(); got != next {
		t.Errorf("serial after the change = %d, want %d", got, next)
	}
	write(t, a.dir, "server.pem", "broken")
	hup <- os.Interrupt
	s.log.until(t, "level=ERROR", "reload failed", "server.pem")
	if got := shown(); got != next {
		t.Errorf("serial after a broken change = %d, want %d", got, next)
	}
	expect(t, exitDone, "", "pub", "-L", s.urls[0], "--cafile", a.file, "-t", "news", "-m", "still here", "-r", "-q", "1")
	sub.until(t, "still here")
	if strings.Contains(s.log.String(), "client disconnected\" client=watcher") {
		t.Errorf("the open connection was closed:\n%s", s.log)
	}
}

// --tls-dev says how clients connect, in words that work, and keeps what it
// has made, with the settings or with the data.
func TestServeTLSDev(t *testing.T) {
	t.Parallel()
	home, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	for _, tt := range []struct {
		args []string
		dir  string
	}{
		{dir: filepath.Join(home, "mqt", "tls")},
		{args: []string{"--data", data}, dir: filepath.Join(data, "tls")},
	} {
		ca := filepath.Join(tt.dir, "ca.pem")
		var first []byte
		for range 2 {
			env := testEnv()
			env.Getenv = func(name string) string { return map[string]string{"XDG_CONFIG_HOME": home}[name] }
			s := startServeEnv(t, env, append([]string{"--tls-dev", "--listen", "mqtts://localhost:0", "--listen", "any://127.0.0.1:0"}, tt.args...)...)
			if line := s.out.until(t, "over TLS clients need"); line != "over TLS clients need: --cafile "+ca+"\n" {
				t.Errorf("said %q, want the file %s", line, ca)
			}
			line := strings.Fields(strings.ReplaceAll(s.out.until(t, "publish:"), "publish:   mqt ", ""))
			expect(t, exitDone, "", append(line, "-q", "1")...)
			for _, scheme := range []string{"mqtts", "wss"} {
				expect(t, exitDone, "", "pub", "-L", scheme+"://127.0.0.1:"+s.port(1), "--cafile", ca, "-t", "a", "-n")
			}
			now, err := os.ReadFile(ca)
			if err != nil || first != nil && string(first) != string(now) {
				t.Errorf("the authority was made anew, or: %v", err)
			}
			first = now
			s.stop(t)
		}
	}
	info, err := os.Stat(filepath.Join(home, "mqt", "tls", "ca-key.pem"))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the key of the authority: %v, %v, want it for its owner only", info, err)
	}
}

// What cannot be is said in two lines before anything listens.
func TestServeTLSMistakes(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, "authority")
	cert, key, _ := a.issue("server", "server")
	_, otherKey, _ := a.issue("other", "other")
	base := []string{"--listen", "mqtts://127.0.0.1:0"}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"key of another", []string{"--cert", cert, "--key", otherKey}, "private key"},
		{"no such file", []string{"--cert", "nowhere.pem", "--key", key}, "nowhere.pem"},
		{"a key as certificate", []string{"--cert", key, "--key", key}, "server.key"},
		{"required without authority", []string{"--cert", cert, "--key", key, "--require-client-cert"}, "--cafile"},
		{"identity without requiring", []string{"--cert", cert, "--key", key, "--cafile", a.file, "--use-identity-as-username"}, "--require-client-cert"},
		{"revocation without requiring", []string{"--cert", cert, "--key", key, "--cafile", a.file, "--crlfile", a.revoke()}, "--require-client-cert"},
		{"broken list", []string{"--cert", cert, "--key", key, "--cafile", a.file, "--require-client-cert", "--crlfile", cert}, "server.pem"},
	} {
		code, stdout, stderr := mqtRun(t, slices.Concat([]string{"serve"}, base, tt.args)...)
		if code == exitDone || stdout != "" || !strings.Contains(stderr, tt.want) || !twoLines(stderr) {
			t.Errorf("%s: serve = %d, %q, %q, want two lines with %q", tt.name, code, stdout, stderr, tt.want)
		}
	}
}

// twoLines reports whether s says what failed and what to do.
func twoLines(s string) bool {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	return len(lines) == 2 && strings.HasPrefix(lines[0], "mqt: ") && strings.HasPrefix(lines[1], "mqt: hint: ")
}

// What speaks TLS no further than its first bytes does not keep others out.
func TestServeHalfHandshake(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, "authority")
	cert, key, _ := a.issue("server", "server")
	s := startServe(t, "--listen", "mqtts://127.0.0.1:0", "--cert", cert, "--key", key)
	for _, first := range []string{"", "\x16", "\x16\x03\x01\x02\x00\x01"} {
		nc, err := net.Dial("tcp", "127.0.0.1:"+s.port(0))
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		nc.Write([]byte(first))
	}
	roundTrip(t, []string{"-L", s.urls[0], "--cafile", a.file}, []string{"-L", s.urls[0], "--cafile", a.file})
}
