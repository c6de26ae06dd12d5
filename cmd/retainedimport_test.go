package cmd

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
)

// A long import counts on the terminal, and wipes the count away before what
// else there is to say.
func TestImportProgress(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	var records strings.Builder
	for i := range 2500 {
		topic := fmt.Sprintf("a/%d", i)
		if i == 1500 {
			topic = "$SYS/mine"
		}
		fmt.Fprintf(&records, `{"topic":%q,"payload":"x","retain":true,"qos":1}`+"\n", topic)
	}
	env := testEnv("retained", "import", "-L", url, "-")
	var errs bytes.Buffer
	env.Stdin, env.Stderr, env.StderrTTY = fileOf(t, records.String()), &errs, true
	env.Now = tickingClock()
	if code := Main(t.Context(), *env); code != exitRefused {
		t.Errorf("import = %d, want %d", code, exitRefused)
	}
	for _, want := range []string{"%, 200 retained messages imported, 1000/s", "1000 retained messages imported, 1000/s, 1s left\r\x1b[Kmqt: refused: $SYS/mine: not authorized\n",
		"\nmqt: 2499 retained messages imported\n" +
			"mqt: publish: not authorized: topics that begin with $SYS belong to the server (1 of 2500 messages refused)\n"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("import wrote %q, want %q in it", &errs, want)
		}
	}
}

// A broker that takes nothing ends an import.
func TestImportTimeout(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { // ends with the connection
		defer close(ended)
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		_, _ = nc.Write([]byte{0x20, 3, 0, 0, 0}) // CONNACK
		_, _ = io.Copy(io.Discard, nc)
	}()
	env := testEnv("retained", "import", "-L", "mqtt://"+ln.Addr().String(), "-", "-V", "5", "--timeout", "0.2")
	var errs bytes.Buffer
	env.Stdin, env.Stderr = strings.NewReader(strings.Repeat(`{"topic":"a","payload":"x","qos":1}`+"\n", 2)), &errs
	code := Main(t.Context(), *env)
	ln.Close()
	<-ended
	want := regexp.MustCompile("^mqt: 0 retained messages imported\n" +
		"mqt: timed out: the broker took nothing for 200ms; . of . messages were not acknowledged\n" +
		"mqt: hint: import all of them again, or allow more time with --timeout\n$")
	if code != exitTimeout || !want.MatchString(errs.String()) {
		t.Errorf("import = %d, %q, want %d, %q", code, &errs, exitTimeout, want)
	}
}

// Many refusals do not flood the terminal.
func TestImportRefusals(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	env := testEnv("retained", "import", "-L", url, "-")
	var errs bytes.Buffer
	env.Stdin, env.Stderr = strings.NewReader(strings.Repeat(`{"topic":"$SYS/mine","payload":"x","qos":1}`+"\n", 25)), &errs
	if code := Main(t.Context(), *env); code != exitRefused {
		t.Errorf("import = %d, want %d", code, exitRefused)
	}
	want := strings.Repeat("mqt: refused: $SYS/mine: not authorized\n", namedRefusals) + "mqt: refused: more topics\nmqt: 0 retained messages imported\n"
	if got := errs.String(); !strings.HasPrefix(got, want) {
		t.Errorf("import wrote %q, want it to begin with %q", got, want)
	}
}
