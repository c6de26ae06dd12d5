package cmd

import (
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// wireRecorder is a broker that answers what it must, and keeps what it gets: a
// line for each connection, with the bytes of each packet.
type wireRecorder struct {
	port     string
	connack  string
	closeAt  byte       // the packet type it hangs up upon; 0: none
	response string     // what follows an answer to PUBLISH
	mu       sync.Mutex // guards the fields below
	quiet    sync.Cond  // no connection is open
	open     int        // connections
	got      []string
}

func newWireRecorder(t *testing.T, connack string, closeAt byte, response string) *wireRecorder {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &wireRecorder{port: fmt.Sprint(ln.Addr().(*net.TCPAddr).Port), connack: connack, closeAt: closeAt, response: response}
	r.quiet.L = &r.mu
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.open++
			r.mu.Unlock()
			go r.serve(nc) // ends with the client
		}
	})
	t.Cleanup(func() { _ = ln.Close(); accepting.Wait(); r.lines() })
	return r
}

func (r *wireRecorder) serve(nc net.Conn) {
	defer nc.Close()
	var line strings.Builder
	for {
		var head [2]byte // no packet here is longer than 127 bytes
		if _, err := io.ReadFull(nc, head[:]); err != nil {
			break
		}
		body := make([]byte, head[1])
		if _, err := io.ReadFull(nc, body); err != nil {
			break
		}
		fmt.Fprintf(&line, "%02x:%q ", head[0], body)
		answer := ""
		switch head[0] >> 4 {
		case r.closeAt:
			body = nil
		case 1:
			answer = r.connack
		case 3: // a topic of one byte is published
			answer = map[byte]string{0: "", 2: "\x40\x02", 4: "\x50\x02"}[head[0]&6]
			if answer != "" {
				answer += string(body[3:5])
			}
			answer += r.response
		case 6:
			answer = "\x70\x02" + string(body[:2])
		case 8:
			answer = "\x90\x04" + string(body[:2]) + "\x00\x00"
		}
		if _, err := io.WriteString(nc, answer); err != nil || body == nil {
			break
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, strings.TrimSpace(line.String()))
	r.open--
	r.quiet.Broadcast()
}

// lines returns what came, once the clients have gone.
func (r *wireRecorder) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.open > 0 {
		r.quiet.Wait()
	}
	return slices.Clone(r.got)
}

// TestMosquittoWire compares, byte for byte, what both programs send.
func TestMosquittoWire(t *testing.T) {
	t.Parallel()
	const old, v5 = "\x20\x02\x00\x00", "\x20\x03\x00\x00\x00"
	for _, test := range []struct {
		connack string
		closeAt byte
		line    string
	}{
		{old, 0, "p -t a -m b"},
		{old, 0, "p -t a -m b -V 31 -i x -q 1"},
		{old, 0, "p -t a -m b -u ”"},
		{old, 0, "p -t a -m b -u ” -P ” -q 2"},
		{old, 0, "p -t a -n -r --will-topic w --will-payload p --will-qos 1 --will-retain"},
		{v5, 0, "p -t a -m b -V 5 -u ”"},
		{v5, 0, "p -t a -m b -V 5 -M 1"},
		{v5, 0, "p -t a -m b -V 5 -M 70000 -q 1"},
		{v5, 0, "p -t a -m b -V 5 -c -i x"},
		{v5, 0, "p -t a -m b -V 5 -x 5 -q 2"},
		{v5, 0, "p -t a -m b -D connect user-property a b -D connect session-expiry-interval 5 -D connect maximum-packet-size 99"},
		{v5, 0, "p -t a -m b -D connect receive-maximum 3 -D connect user-property a b"},
		{v5, 0, "p -t a -m b -D disconnect user-property a b -D publish content-type c"},
		{"\x20\x06\x00\x00\x03\x22\x00\x05", 0, "p -t a -m b -D publish topic-alias 3 --repeat 3"},
		{"\x20\x05\x00\x00\x02\x25\x00", 0, "p -t a -m b -V 5 -r -q 1"},
		{old, 1, "p -t a -m b"},
		{v5, 1, "p -t a -m b -V 5 -r"},
		{v5, 0, "r -t a -e b -m c -M 5"},
		{v5, 0, "r -t a -e b -m c -q 1 -D publish correlation-data d -D publish user-property e f"},
	} {
		t.Run(test.line, func(t *testing.T) {
			t.Parallel()
			xdg := t.TempDir()
			run := func(side func(sideRow, *testing.T, string) outcome) (outcome, string) {
				row := parseSideRow(t, test.line, nil)
				response := ""
				if row.words[0] == "mosquitto_rr" {
					response = "\x30\x05\x00\x01b\x00c"
				}
				r := newWireRecorder(t, test.connack, test.closeAt, response)
				row.words = append(row.words, "-h", "127.0.0.1", "-p", r.port)
				o := side(row, t, xdg)
				sent := strings.Join(r.lines(), "\n")
				if row.words[0] == "mosquitto_rr" {
					sent = strings.TrimSuffix(sent, ` e0:""`) // mosquitto's says no goodbye
				}
				return o, sent
			}
			want, wantSent := run(sideRow.theirs)
			got, gotSent := run(sideRow.ours)
			if got != want || gotSent != wantSent {
				t.Errorf("%s: mosquitto %+v sends\n%s\nmqt %+v\n%s", test.line, want, wantSent, got, gotSent)
			}
		})
	}
}

// TestMosquittoGoesOn: once there has been a network connection, the programs
// that do not give up connect until the broker answers.
func TestMosquittoGoesOn(t *testing.T) {
	t.Parallel()
	for _, words := range [][]string{{"mosquitto_sub", "-V", "5", "-t", "a", "-E"}, {"mosquitto_pub", "-V", "5", "-t", "a", "-l"}} {
		t.Run(words[0], func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var serving sync.WaitGroup
			defer serving.Wait()
			defer ln.Close() // before it, for a program that does not come again
			serving.Go(func() {
				if nc, err := ln.Accept(); err == nil {
					_ = nc.Close()
				}
				if nc, err := ln.Accept(); err == nil {
					(&wireRecorder{connack: "\x20\x03\x00\x00\x00"}).serve(nc)
				}
			})
			words := append(words, "-h", "127.0.0.1", "-p", fmt.Sprint(ln.Addr().(*net.TCPAddr).Port))
			if got := mosquittoRun(t, t.TempDir(), "", words...); got != (outcome{}) {
				t.Errorf("%q: %+v, want nothing", words, got)
			}
		})
	}
}

// TestMosquittoPubSignal: a signal between two messages ends mosquitto_pub
// without DISCONNECT, so that its will is published.
func TestMosquittoPubSignal(t *testing.T) {
	t.Parallel()
	r := newWireRecorder(t, "\x20\x02\x00\x00", 0, "")
	seen := make(lineWriter, 100)
	end, ended := mosquittoStart(t, seen, "mosquitto_pub", "-h", "127.0.0.1", "-p", r.port, "-d",
		"-t", "a", "-m", "b", "-q", "1", "--repeat", "2", "--repeat-delay", "3600")
	for !strings.Contains(<-seen, "PUBACK") {
	}
	end(&SignalError{Number: 15})
	if code := <-ended; code != 143 {
		t.Errorf("exit code %d, want 143", code)
	}
	if got := r.lines(); len(got) != 1 || strings.Contains(got[0], "e0:") {
		t.Errorf("mosquitto_pub sent %q, want no DISCONNECT", got)
	}
}

// TestMosquittoEmptyPrefix: what remains of the client identifier is the
// process number.
func TestMosquittoEmptyPrefix(t *testing.T) {
	t.Parallel()
	r := newWireRecorder(t, "\x20\x02\x00\x00", 0, "")
	if got := mosquittoRun(t, t.TempDir(), "", "mosquitto_pub", "-h", "127.0.0.1", "-p", r.port, "-t", "a", "-n", "-I", ""); got != (outcome{}) {
		t.Errorf("%+v, want nothing", got)
	}
	if got, want := r.lines(), strconv.Itoa(os.Getpid())+`"`; len(got) != 1 || !strings.Contains(got[0], want) {
		t.Errorf("sent %q, want the client identifier %s", got, want)
	}
}
