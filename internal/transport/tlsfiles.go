package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ServerTLS names the files of a TLS server, all in PEM.
type ServerTLS struct {
	// CertFile holds the server's certificate, then intermediate ones, as far
	// as they are not in CAFile. Required.
	CertFile string
	// KeyFile holds its private key, not encrypted; empty means CertFile.
	KeyFile string
	// CAFile holds the authorities: those that client certificates are checked
	// against, and those that complete the server's own chain. May be empty.
	CAFile string
	// CRLFile holds the revocation lists (PEM or one in DER) of authorities in
	// CAFile. With it a client certificate is only accepted when its issuer has
	// a list here, the list has not expired, and the certificate is not on it;
	// intermediate ones are checked where a list is there. Empty checks nothing.
	CRLFile string
	// RequireClientCert asks clients for a certificate and refuses those
	// without a valid one. It needs CAFile.
	RequireClientCert bool
	// MinVersion is tls.VersionTLS12 or tls.VersionTLS13; 0 means TLS 1.2.
	MinVersion uint16
	// CipherSuites are the suites of TLS 1.2 to choose from, see CipherSuites;
	// nil is Go's choice. Those of TLS 1.3 are always there.
	CipherSuites []uint16
	// Logger is told of files that were loaded anew or cannot be; nil is silent.
	Logger *slog.Logger
}

// checkEvery is how often handshakes look whether a file has changed.
const checkEvery = time.Second

// TLSFiles is a TLS configuration that follows its files. Connections keep
// what they were made with. All methods may be called concurrently.
type TLSFiles struct {
	files  ServerTLS
	log    *slog.Logger
	now    func() time.Time
	config atomic.Pointer[tls.Config]
	next   atomic.Int64 // when to look again, in Unix nanoseconds

	mu     sync.Mutex  // held while loading; guards the field below
	stamps []fileStamp // of the last attempt to load, good or bad
}

type fileStamp struct {
	name string
	info os.FileInfo // nil when the file is not there
}

// LoadTLS reads the files. The error names the file and says what is wrong.
func LoadTLS(s ServerTLS) (*TLSFiles, error) {
	t := &TLSFiles{files: s, log: s.Logger, now: time.Now}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	if err := t.Reload(); err != nil {
		return nil, err
	}
	return t, nil
}

// Reload reads the files again. On an error the old certificates stay in use.
func (t *TLSFiles) Reload() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.load()
}

func (t *TLSFiles) load() error {
	t.stamps = t.look() // before reading: a later change is noticed later
	c, err := t.files.load(t.now())
	if err != nil {
		return err
	}
	if leaf := c.Certificates[0].Leaf; t.now().After(leaf.NotAfter) {
		t.log.Warn("the server's certificate has expired", "file", t.files.CertFile, "expired", leaf.NotAfter)
	}
	t.config.Store(c)
	return nil
}

// Config returns a configuration for servers that always uses the files'
// latest content: handshakes notice changes within about a second, without a
// goroutine. Files that cannot be used are logged, once for each change, and
// the old certificates stay in use.
func (t *TLSFiles) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			t.follow()
			return t.config.Load(), nil
		},
	}
}

// follow loads the files if they have changed. Of many handshakes at a time
// one looks.
func (t *TLSFiles) follow() {
	now, next := t.now(), t.next.Load()
	if now.UnixNano() < next || !t.next.CompareAndSwap(next, now.Add(checkEvery).UnixNano()) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.EqualFunc(t.stamps, t.look(), fileStamp.same) {
		return
	}
	if err := t.load(); err != nil {
		t.log.Error("TLS files have changed and cannot be used, the old ones stay", "error", err)
		return
	}
	t.log.Info("TLS files loaded anew", "cert", t.files.CertFile)
}

func (t *TLSFiles) look() []fileStamp {
	var out []fileStamp
	for _, name := range []string{t.files.CertFile, t.files.KeyFile, t.files.CAFile, t.files.CRLFile} {
		if name != "" {
			info, err := os.Stat(name)
			if err != nil {
				info = nil
			}
			out = append(out, fileStamp{name, info})
		}
	}
	return out
}

func (a fileStamp) same(b fileStamp) bool {
	if a.info == nil || b.info == nil {
		return a.info == nil && b.info == nil
	}
	return os.SameFile(a.info, b.info) && a.info.Size() == b.info.Size() && a.info.ModTime().Equal(b.info.ModTime())
}

// load makes a configuration of the files' present content.
func (s ServerTLS) load(now time.Time) (*tls.Config, error) {
	switch {
	case s.CertFile == "":
		return nil, errors.New("TLS needs a certificate file")
	case s.RequireClientCert && s.CAFile == "":
		return nil, errors.New("client certificates need a CA file to be checked against")
	case s.CRLFile != "" && !s.RequireClientCert:
		return nil, fmt.Errorf("%s: a revocation list is of no use when no client certificates are required", s.CRLFile)
	case s.MinVersion != 0 && s.MinVersion < tls.VersionTLS12:
		return nil, errors.New("TLS before 1.2 is not supported")
	}
	var cas authorities
	var err error
	if s.CAFile != "" {
		if cas, err = readAuthorities(s.CAFile); err != nil {
			return nil, err
		}
	}
	pair, err := s.readPair(cas)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: max(s.MinVersion, tls.VersionTLS12), CipherSuites: s.CipherSuites}
	if !s.RequireClientCert {
		return c, nil
	}
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.ClientCAs = cas.pool()
	c.SessionTicketsDisabled = true // a resumed session would keep what a reload has taken away
	if s.CRLFile != "" {
		lists, err := readRevocations(s.CRLFile, cas, now)
		if err != nil {
			return nil, err
		}
		c.VerifyConnection = func(state tls.ConnectionState) error {
			return lists.check(state.VerifiedChains, time.Now())
		}
	}
	return c, nil
}
