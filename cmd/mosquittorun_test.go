package cmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/format"
	"mqt/internal/compat"
	"mqt/internal/mqtt"
)

func TestOtherName(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]bool{
		"": false, "mqt": false, "/usr/bin/mqt": false, "mosquitto": false, "mosquitto_db": false, "xmosquitto_sub": false,
		"mosquitto_sub": true, "mosquitto_rr": true, "/usr/local/bin/mosquitto_pub": true, "mosquitto_passwd.exe": true,
	} {
		if got := otherName(program) != nil; got != want {
			t.Errorf("otherName(%q) = %t, want %t", program, got, want)
		}
	}
}

// The words for what a broker refuses are mosquitto's.
func TestMosquittoRefusal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version mqtt.Version
		code    mqtt.ReasonCode
		text    string
		exit    int
	}{
		{mqtt.V311, mqtt.UnsupportedProtocolVersion, "Connection Refused: unacceptable protocol version.", 1},
		{mqtt.V31, mqtt.ClientIdentifierNotValid, "Connection Refused: identifier rejected.", 2},
		{mqtt.V311, mqtt.ServerUnavailable, "Connection Refused: broker unavailable.", 3},
		{mqtt.V311, mqtt.BadUserNameOrPassword, "Connection Refused: bad user name or password.", 4},
		{mqtt.V311, mqtt.NotAuthorized, "Connection Refused: not authorised.", 5},
		{mqtt.V5, mqtt.NotAuthorized, "Not authorized", 135},
		{mqtt.V5, mqtt.BadUserNameOrPassword, "Bad User Name or Password", 134},
		{mqtt.V5, mqtt.UnsupportedProtocolVersion, "Unsupported Protocol Version. Try connecting to an MQTT v5 broker, or use MQTT v3.x mode.", 132},
	} {
		m := &mosquitto{o: &compat.Options{Version: test.version}}
		var got *mosquittoError
		if err := m.refused(&mqtt.ReasonError{Op: "connect", Code: test.code}); !errors.As(err, &got) ||
			got.text != "Connection error: "+test.text || got.code != test.exit {
			t.Errorf("refusal of %v in %v = %v, want %q with exit code %d", test.code, test.version, err, test.text, test.exit)
		}
	}
}

// What the broker said it does not take is an error, which mosquitto's clients
// do not know of for large messages, and no request waits for its response.
func TestMosquittoBeyond(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ connack, want string }{
		{"\x20\x05\x00\x00\x02\x24\x00", "Error: Message QoS not supported on broker, try a lower QoS.\n"},
		{"\x20\x08\x00\x00\x05\x27\x00\x00\x00\x10", "Error: Message payload is too large.\n"},
	} {
		for _, words := range [][]string{{"mosquitto_pub"}, {"mosquitto_rr", "-e", "b"}} {
			port := badBroker(t, 0, test.connack, "\x90\x04\x00\x01\x00\x00")
			words = append(words, "-h", "127.0.0.1", "-p", port, "-V", "5", "-t", "a", "-m", strings.Repeat("b", 90), "-q", "1")
			if got := mosquittoRun(t, t.TempDir(), "", words...); got != (outcome{0, "", test.want}) {
				t.Errorf("%q: %+v, want %q", words, got, test.want)
			}
		}
	}
}

func TestMosquittoWatch(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	w, err := format.New("text", &out, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	screen := &watchFile{out: &out, w: w, rows: map[string]int{}}
	for _, topic := range []string{"a", "b", "a"} {
		if err := screen.Write(mqtt.Message{Topic: topic, Payload: []byte(topic)}); err != nil {
			t.Fatal(err)
		}
	}
	const want = "\x1b[2;1Ha\n\x1b[2;1H" + "\x1b[3;1Hb\n\x1b[3;1H" + "\x1b[2;1Ha\n\x1b[3;1H"
	if out.String() != want {
		t.Errorf("screen = %q, want %q", &out, want)
	}
}

func TestMosquittoMessageRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		m := &mosquitto{env: testEnv(), o: &compat.Options{MessageRate: true}}
		w, stop, err := m.sink(t.Context(), &out)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			time.Sleep(time.Duration(i) * 400 * time.Millisecond)
			if err := w.Write(mqtt.Message{}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second) // 2.2 s after the start
		synctest.Wait()
		stop()
		if got, want := out.String(), "2 msgs/s\n1 msgs/s\n"; got != want {
			t.Errorf("--message-rate wrote %q, want %q", got, want)
		}
	})
}

// The clock of -W starts with the network connection, once.
func TestMosquittoAlarm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &mosquitto{o: &compat.Options{Timeout: 2 * time.Second}}
		ctx, start, stop := m.alarm(t.Context())
		defer stop()
		time.Sleep(time.Hour)
		start()
		time.Sleep(time.Second)
		start()
		if ctx.Err() != nil {
			t.Errorf("the time was over early: %v", context.Cause(ctx))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !errors.Is(context.Cause(ctx), errAlarm) {
			t.Errorf("after the time: %v, want %v", context.Cause(ctx), errAlarm)
		}
	})
}

// mosquittoStart runs a program in the background. It returns what ends it,
// and the exit code.
func mosquittoStart(t *testing.T, out io.Writer, words ...string) (cancel context.CancelCauseFunc, code <-chan int) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	env := testEnv(words[1:]...)
	env.Program, env.Stdout = words[0], out
	ch := make(chan int, 1)
	go func() { ch <- Main(ctx, *env) }()
	return cancel, ch
}

// A signal ends mosquitto_sub with exit code 0; in MQTT 5 its will is
// published, in MQTT 3.1.1 not.
func TestMosquittoSubSignal(t *testing.T) {
	t.Parallel()
	broker := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	port := broker[strings.LastIndexByte(broker, ':')+1:]
	to := func(program string, words ...string) []string {
		return append([]string{program, "-h", "127.0.0.1", "-p", port}, words...)
	}
	if o := mosquittoRun(t, t.TempDir(), "", to("mosquitto_pub", "-t", "ready", "-m", "ready", "-r", "-q", "1")...); o != (outcome{}) {
		t.Fatalf("mosquitto_pub: %+v", o)
	}
	for version, want := range map[string]string{"5": "will", "311": "live"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			seen, ready := make(lineWriter, 10), make(lineWriter, 10)
			endWatcher, watched := mosquittoStart(t, seen, to("mosquitto_sub", "-t", "ready", "-t", "w/"+version)...)
			<-seen
			end, code := mosquittoStart(t, ready, to("mosquitto_sub", "-V", version, "-t", "ready", "--will-topic", "w/"+version, "--will-payload", "will")...)
			<-ready
			end(&SignalError{Number: 15})
			if got := <-code; got != 0 {
				t.Errorf("exit code %d after SIGTERM, want 0", got)
			}
			mosquittoRun(t, t.TempDir(), "", to("mosquitto_pub", "-t", "w/"+version, "-m", "live")...)
			if got, _, _ := strings.Cut(<-seen, "\n"); got != want {
				t.Errorf("MQTT %s: %q came first, want %q", version, got, want)
			}
			endWatcher(&SignalError{Number: 15})
			<-watched
		})
	}
}
