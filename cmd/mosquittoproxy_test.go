package cmd

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// saying returns the port of a server that answers what a client says with the
// answers, one after the other, and then hangs up.
func saying(t *testing.T, answers ...string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			var said [512]byte // more than a client says at once
			for _, answer := range answers {
				if _, err := nc.Read(said[:]); err != nil {
					break
				}
				_, _ = io.WriteString(nc, answer) // a client that has gone is no concern
			}
			_ = nc.Close()
		}
	})
	t.Cleanup(func() { _ = ln.Close(); serving.Wait() })
	return fmt.Sprint(ln.Addr().(*net.TCPAddr).Port)
}

// TestMosquittoProxy compares what both programs say when the proxy says no.
func TestMosquittoProxy(t *testing.T) {
	t.Parallel()
	const reply = "\x00\x01\x00\x00\x00\x00\x00\x00"
	for _, test := range []struct {
		user    string
		answers []string
		want    outcome
	}{
		{"", []string{"\x05\xff"}, outcome{11, "", "Error: Authorisation failed.\n"}},
		{"u:p@", []string{"\x05\x02", "\x01\x01"}, outcome{16, "", "Error: Proxy error.\n"}},
		{"", []string{"\x05\x00", "\x05\x01" + reply}, outcome{16, "", "Error: Proxy error.\n"}},
		{"", []string{"\x05\x00", "\x05\x02" + reply}, outcome{11, "", "Error: Authorisation failed.\n"}},
		{"", []string{"\x05\x00", "\x05\x04" + reply}, outcome{4, "", "Error: The client is not currently connected.\n"}},
		{"", []string{"\x05\x00", "\x05\x05" + reply}, outcome{4, "", "Error: The client is not currently connected.\n"}},
	} {
		t.Run(fmt.Sprintf("%q", test.answers), func(t *testing.T) {
			t.Parallel()
			port := saying(t, test.answers...)
			row := parseSideRow(t, "p -t a -m b -h 127.0.0.1 -p 1 --proxy socks5h://"+test.user+"127.0.0.1:"+port, nil)
			if got := row.ours(t, t.TempDir()); got != test.want {
				t.Errorf("%s: %+v, want %+v", strings.Join(row.words, " "), got, test.want)
			}
			if got := row.theirs(t, t.TempDir()); got != test.want {
				t.Errorf("%s: mosquitto %+v, want %+v", strings.Join(row.words, " "), got, test.want)
			}
		})
	}
}
