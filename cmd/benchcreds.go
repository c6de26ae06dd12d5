package cmd

import (
	"crypto/tls"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// credentials returns who each client is; nil when clients name nobody.
func (o *benchClients) credentials(user, password string) (func(n int) (user, password string), error) {
	if o.Creds != "" {
		return readCredentials(o.Creds)
	}
	if user == "" && password == "" {
		return nil, nil
	}
	return func(n int) (string, string) {
		number := strconv.Itoa(n)
		return strings.ReplaceAll(user, "%i", number), strings.ReplaceAll(password, "%i", number)
	}, nil
}

const credsForm = "write name,password in each line of the file"

// readCredentials reads a user name and a password from each line of a CSV
// file.
func readCredentials(name string) (func(n int) (user, password string), error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, hint(fmt.Errorf("bench: --creds: %w", err), credsForm)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.FieldsPerRecord = 2
	rows, err := r.ReadAll()
	switch {
	case err != nil:
		return nil, hint(fmt.Errorf("bench: --creds %s: %w", name, err), credsForm)
	case len(rows) == 0:
		return nil, hint(fmt.Errorf("bench: --creds %s: the file is empty", name), credsForm)
	}
	return func(n int) (string, string) {
		row := rows[n%len(rows)]
		return row[0], row[1]
	}, nil
}

// certificates returns the certificate of each client; nil when there is no
// directory of them.
func (o *benchClients) certificates() (func(n int) (*tls.Certificate, error), error) {
	if o.Certs == "" {
		return nil, nil
	}
	keys, err := filepath.Glob(filepath.Join(o.Certs, "*.key")) // in the order of their names
	if err != nil {
		return nil, fmt.Errorf("bench: --certs %s: %w", o.Certs, err)
	}
	if len(keys) == 0 {
		return nil, hint(fmt.Errorf("bench: --certs %s: there is no NAME.key in it", o.Certs), "put NAME.crt and NAME.key of each client there")
	}
	pairs := make([]tls.Certificate, len(keys))
	for i, key := range keys {
		base := strings.TrimSuffix(key, ".key")
		cert := base + ".crt"
		if _, err := os.Stat(cert); err != nil {
			cert = base + ".pem"
		}
		pair, err := (&tlsOptions{Cert: cert, Key: key}).loadPair()
		if err != nil {
			return nil, fmt.Errorf("bench: --certs: %w", err)
		}
		pairs[i] = pair
	}
	return func(n int) (*tls.Certificate, error) { return &pairs[n%len(pairs)], nil }, nil
}
