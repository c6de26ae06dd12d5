package transport

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestDevTLS(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "tls")
	start := time.Now()
	at := func(now time.Time, hosts ...string) (ca, server string) {
		t.Helper()
		s, caFile, err := devTLS(dir, hosts, now)
		if err != nil {
			t.Fatal(err)
		}
		c, err := os.ReadFile(caFile)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(s.CertFile)
		if err != nil {
			t.Fatal(err)
		}
		return string(c), string(b)
	}
	ca, server := at(start)
	type step struct {
		name             string
		after            time.Duration
		hosts            []string
		damage           string // a file to overwrite
		newCA, newServer bool
	}
	steps := []step{
		{name: "again"},
		{name: "with a new host", hosts: []string{"Broker.example", "192.0.2.7", "[2001:db8::7]"}, newServer: true},
		{name: "with hosts it has", hosts: []string{"broker.example."}},
		{name: "long before the end", after: devServerLife - devRenewAt - time.Hour},
		{name: "shortly before the end", after: devServerLife - devRenewAt + time.Hour, newServer: true},
		{name: "damaged server file", after: devServerLife, damage: devServerFile, newServer: true},
		{name: "damaged CA file", after: devServerLife, damage: devAuthorityFile},
		{name: "damaged CA key", after: devServerLife, damage: devAuthorityKey, newCA: true, newServer: true},
		{name: "at the CA's end", after: devServerLife + devAuthorityLife, newCA: true, newServer: true},
	}
	for _, s := range steps {
		if s.damage != "" {
			if err := os.WriteFile(filepath.Join(dir, s.damage), []byte("damaged"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		nextCA, nextServer := at(start.Add(s.after), s.hosts...)
		if (nextCA != ca) != s.newCA || (nextServer != server) != s.newServer {
			t.Errorf("%s: new CA %t, new server %t, want %t, %t", s.name, nextCA != ca, nextServer != server, s.newCA, s.newServer)
		}
		ca, server = nextCA, nextServer
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Errorf("the directory has %v, %v, want three files", files, err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
	}
}

func TestDevTLSIsUsable(t *testing.T) {
	t.Parallel()
	s, caFile, err := DevTLS(t.TempDir(), []string{"broker.example"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := LoadTLS(s)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	text, err := os.ReadFile(caFile)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatalf("%s is no CA file: %v", caFile, err)
	}
	_, cli, err := connect(t, f.Config(), &tls.Config{RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "broker.example", host} {
		if err := cli.PeerCertificates[0].VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
}

func TestDevTLSErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := DevTLS(filepath.Join(file, "dir"), nil); err == nil {
		t.Error("DevTLS under a file = nil error")
	}
}
