package cmd

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"mqt/internal/transport"
)

// tlsOptions are the flags about TLS.
type tlsOptions struct {
	CAFile   string
	CAPath   string
	Cert     string
	Key      string
	KeyPass  string // --key-passphrase-file
	Insecure bool
	Version  string
	ALPN     string
	UseOS    bool
	Off      bool // --no-tls
	KeyLog   string
	Ciphers  string
}

func (o *tlsOptions) bind(f *pflag.FlagSet) {
	f.StringVar(&o.CAFile, "cafile", "", "trust the certificate authorities in this PEM `file`; turns TLS on")
	f.StringVar(&o.CAPath, "capath", "", "trust those in the PEM files of this `directory`; turns TLS on")
	f.BoolVar(&o.UseOS, "tls-use-os-certs", false, "trust the system's certificate authorities; turns TLS on")
	f.StringVar(&o.Cert, "cert", "", "client certificate, a PEM `file`; turns TLS on")
	f.StringVar(&o.Key, "key", "", "its private key, a PEM `file`")
	f.StringVar(&o.KeyPass, "key-passphrase-file", "", "`file` whose first line opens the private key")
	f.BoolVar(&o.Insecure, "insecure", false, "do not verify the broker's certificate")
	f.Var(oneOf{&o.Version, []string{"tlsv1.2", "tlsv1.3"}}, "tls-version", "lowest TLS `version`: tlsv1.2 (default) or tlsv1.3")
	f.StringVar(&o.Ciphers, "ciphers", "", "cipher `suites` of TLS 1.2, in OpenSSL's names with colons between them")
	f.StringVar(&o.ALPN, "tls-alpn", "", "ask for this application `protocol` (ALPN)")
	f.StringVar(&o.KeyLog, "tls-keylog", "", "append the session keys to `file`, for Wireshark")
	f.BoolVar(&o.Off, "no-tls", false, "ignore all flags about TLS")
}

// bindMissing defines those of mosquitto's flags that cannot be had, to say so.
func (o *tlsOptions) bindMissing(f *pflag.FlagSet) {
	const noPSK = "TLS in this program has no pre-shared keys; a certificate or a password can prove who is there: --cert and --key, -u and -P"
	const noEngine = "TLS in this program has no engines; --key reads the key from a file"
	for name, why := range map[string]missing{"psk": noPSK, "psk-identity": noPSK, "keyform": noEngine, "tls-engine": noEngine, "tls-engine-kpass-sha1": noEngine} {
		f.Var(why, name, "")
		f.Lookup(name).Hidden = true
	}
}

// missing is the value of a flag that cannot be had: why.
type missing string

// String returns the empty value.
func (m missing) String() string { return "" }

// Type names the value in help texts.
func (m missing) Type() string { return "value" }

// Set says why it cannot be set. The form of a key file is PEM, which may be
// said.
func (m missing) Set(s string) error {
	if s == "pem" {
		return nil
	}
	return errors.New(string(m))
}

func (o *tlsOptions) check() error {
	if o.Off {
		return nil
	}
	if (o.Cert == "") != (o.Key == "") {
		return usagef("--cert and --key belong together: one of them is missing")
	}
	if o.KeyPass != "" && o.Key == "" {
		return usagef("--key-passphrase-file is given, but no --key")
	}
	return nil
}

// wanted reports whether a flag turns TLS on.
func (o *tlsOptions) wanted() bool {
	return !o.Off && (o.CAFile != "" || o.CAPath != "" || o.Cert != "" || o.UseOS)
}

// config builds the TLS configuration. The closer, never nil, ends the key log.
func (o *tlsOptions) config() (*tls.Config, io.Closer, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.Insecure}
	if o.Version == "tlsv1.3" {
		c.MinVersion = tls.VersionTLS13
	}
	if o.ALPN != "" {
		c.NextProtos = []string{o.ALPN}
	}
	var err error
	if o.Ciphers != "" {
		if c.CipherSuites, err = transport.CipherSuites(o.Ciphers); err != nil {
			return nil, nil, usagef("--ciphers: %w", err)
		}
	}
	if c.RootCAs, err = o.roots(); err != nil {
		return nil, nil, err
	}
	if o.Cert != "" {
		pair, err := o.loadPair()
		if err != nil {
			return nil, nil, err
		}
		c.Certificates = []tls.Certificate{pair}
		// Also to brokers that ask for other authorities, so that they say what
		// is wrong with it.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	if o.KeyLog == "" {
		return c, io.NopCloser(nil), nil
	}
	log, err := os.OpenFile(o.KeyLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("--tls-keylog: %w", err)
	}
	c.KeyLogWriter = log
	return c, log, nil
}

// roots returns the authorities to trust; nil stands for the system's.
func (o *tlsOptions) roots() (*x509.CertPool, error) {
	if o.CAFile == "" && o.CAPath == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if o.UseOS {
		system, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("--tls-use-os-certs: %w", err)
		}
		pool = system
	}
	if o.CAFile != "" {
		pemBytes, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("--cafile: %w", err)
		}
		if !pool.AppendCertsFromPEM(pemBytes) {
			return nil, fmt.Errorf("--cafile: %s holds no PEM certificate", o.CAFile)
		}
	}
	if o.CAPath != "" {
		return pool, addDirectory(pool, o.CAPath)
	}
	return pool, nil
}

func addDirectory(pool *x509.CertPool, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("--capath: %w", err)
	}
	found := false
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			continue // a dangling link or a directory is no certificate
		}
		pemBytes, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("--capath: %w", err)
		}
		if pool.AppendCertsFromPEM(pemBytes) {
			found = true
		}
	}
	if !found {
		return fmt.Errorf("--capath: no file in %s holds a PEM certificate", dir)
	}
	return nil
}

// loadPair loads the certificate and its key, and says which is wrong and why.
func (o *tlsOptions) loadPair() (tls.Certificate, error) {
	var none tls.Certificate
	certPEM, err := os.ReadFile(o.Cert)
	if err != nil {
		return none, fmt.Errorf("--cert: %w", err)
	}
	keyPEM, err := os.ReadFile(o.Key)
	if err != nil {
		return none, fmt.Errorf("--key: %w", err)
	}
	if transport.KeyEncrypted(keyPEM) {
		if keyPEM, err = o.decryptKey(keyPEM); err != nil {
			return none, err
		}
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return none, fmt.Errorf("--cert %s, --key %s: %w", o.Cert, o.Key, errors.New(strings.TrimPrefix(err.Error(), "tls: ")))
	}
	return pair, nil
}

func (o *tlsOptions) decryptKey(keyPEM []byte) ([]byte, error) {
	if o.KeyPass == "" {
		return nil, hint(fmt.Errorf("--key: %s is encrypted", o.Key), "give --key-passphrase-file FILE")
	}
	passphrase, err := firstLineOf(o.KeyPass)
	if err != nil {
		return nil, fmt.Errorf("--key-passphrase-file: %w", err)
	}
	plainPEM, err := transport.DecryptKey(keyPEM, passphrase)
	switch {
	case errors.Is(err, transport.ErrPassphrase):
		return nil, fmt.Errorf("--key-passphrase-file: the first line of %s does not open %s", o.KeyPass, o.Key)
	case err != nil:
		return nil, hint(fmt.Errorf("--key: %s %w", o.Key, err),
			fmt.Sprintf("write it in another way: openssl pkcs8 -topk8 -in %s -out KEY", o.Key))
	}
	return plainPEM, nil
}

// firstLineOf returns the first line of a file without its line end.
func firstLineOf(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), err
}
