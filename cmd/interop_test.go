package cmd

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// interop is one exchange between a publishing and a subscribing program
// through a broker; at least one of the three is not ours.
type interop struct {
	pub, sub peer
	broker   string
	qos      int
	id       string // of this exchange: its topics are below, its sessions have it
	port     string // of the broker
}

// layouts are who publishes, serves and subscribes.
var layouts = []struct{ pub, broker, sub string }{
	{"mosquitto", "mqt", "mosquitto"},
	{"mosquitto", "mqt", "mqt"},
	{"mqt", "mqt", "mosquitto"},
	{"mqt", "mosquitto", "mqt"},
	{"mqt", "mosquitto", "mosquitto"},
	{"mosquitto", "mosquitto", "mqt"},
}

// versions are those of the publisher and of the subscriber.
var versions = [][2]string{{"5", "5"}, {"311", "311"}, {"5", "311"}, {"311", "5"}, {"31", "31"}}

// exchanges returns all exchanges of these versions.
func exchanges(b brokers, versions [][2]string) []interop {
	var all []interop
	for _, l := range layouts {
		for _, v := range versions {
			for qos := range 3 {
				all = append(all, interop{pub: peer{l.pub, v[0]}, sub: peer{l.sub, v[1]}, broker: l.broker, qos: qos,
					id: fmt.Sprintf("i%d", len(all)), port: b[l.broker]})
			}
		}
	}
	return all
}

func (x interop) String() string {
	return fmt.Sprintf("%v to %s to %v at QoS %d", x.pub, x.broker, x.sub, x.qos)
}

// all is the same template for both programs: everything of a message.
const all = "%t q%q r%r [%p] type=%C response=%R correlation=%D expiry=%E format=%F user=%P"

// sentProperties are the properties of the messages, as words for -D.
var sentProperties = []string{"content-type text/plain", "user-property unit °C", "user-property b 2", "user-property unit K",
	"user-property a 1", "response-topic answers/here", "correlation-data 0:1:2", "message-expiry-interval 1000", "payload-format-indicator 1"}

// withProperties returns the flags that add the properties to a packet,
// none where the publisher's version has none.
func (x interop) withProperties(packet string) (flags []string) {
	if x.pub.version == "5" {
		for _, p := range sentProperties {
			flags = append(append(flags, "-D", packet), strings.Fields(p)...)
		}
	}
	return flags
}

// line is what the subscriber must write about a message.
func (x interop) line(topic, payload string, qos int, retained bool) string {
	r := 0
	if retained {
		r = 1
	}
	line := fmt.Sprintf("%s q%d r%d [%s] ", topic, qos, r, payload)
	if x.pub.version != "5" || x.sub.version != "5" {
		return line + "type= response= correlation= expiry= format= user="
	}
	return line + "type=text/plain response=answers/here correlation=0:1:2 expiry=1000 format=1 user=unit:°C b:2 unit:K a:1"
}

// lines is line for each payload, at the exchange's QoS and topic.
func (x interop) lines(retained bool) string {
	var b strings.Builder
	for _, p := range payloads {
		b.WriteString(x.line(x.id+"/t", p, x.qos, retained) + "\n")
	}
	return b.String()
}

// payloads are lines: mosquitto_pub -l is sure to send no more than 20, the
// messages it has in flight, before it ends.
var payloads = []string{"first", "", " spaces around ", "carriage return\r", "tab\t, quote \", backslash \\", "日本語 🌡 ünïcode",
	"%t @I \\n", "\x01\x1b[31m\x7f", strings.Repeat("0123456789", 12) + "abcdef", strings.Repeat("x", 20_000), `{"json":[1,2.50,null]}`, "last"}

// subscribe starts the subscriber for count messages and returns when it has
// its subscription.
func (x interop) subscribe(t *testing.T, count int, flags ...string) *process {
	t.Helper()
	p := start(t, x.sub.args(t, "sub", x.port, append([]string{"-F", all, "-q", strconv.Itoa(x.qos), "-C", strconv.Itoa(count + 1),
		"-t", x.id + "/#", "-t", "ready"}, flags...)...))
	if got := p.line(); !strings.HasPrefix(got, "ready q") {
		t.Fatalf("first message %q, want ready", got)
	}
	return p
}

// retainedNow returns what a new subscriber gets before "ready", the last
// retained message.
func (x interop) retainedNow(t *testing.T, count int) string {
	t.Helper()
	p := start(t, x.sub.args(t, "sub", x.port, "-F", all, "-q", strconv.Itoa(x.qos), "-C", strconv.Itoa(count+1),
		"-t", x.id+"/#", "-t", "ready"))
	out, found := strings.CutSuffix(regexp.MustCompile(`(?m)^ready q\d r1 \[ready\].*\n`).ReplaceAllString(p.rest(), "ready\n"), "ready\n")
	if !found {
		t.Fatalf("retained messages %q, want ready at the end", out)
	}
	return normal(out)
}

// publisher starts the publisher of lines.
func (x interop) publisher(t *testing.T, flags ...string) *process {
	t.Helper()
	return start(t, x.pub.args(t, "pub", x.port, append([]string{"-l", "-q", strconv.Itoa(x.qos), "-t", x.id + "/t"}, flags...)...))
}

// publish sends the payloads and returns when the publisher is done.
func (x interop) publish(t *testing.T, flags ...string) {
	t.Helper()
	p := x.publisher(t, append(flags, x.withProperties("publish")...)...)
	p.write(strings.Join(payloads, "\n") + "\n")
	p.end()
}

// normal writes the expiry anew that a broker counts down while the test runs.
func normal(out string) string {
	return regexp.MustCompile(`expiry=9[0-9][0-9] `).ReplaceAllString(out, "expiry=1000 ")
}

// matrix runs test for all exchanges of these versions. It needs mosquitto.
func matrix(t *testing.T, versions [][2]string, test func(*testing.T, interop)) {
	t.Parallel()
	all := exchanges(startBrokers(t), versions)
	slots := make(chan struct{}, 12) // more than t.Parallel allows: mosquitto_pub -l mostly waits
	var running sync.WaitGroup
	for _, x := range all {
		running.Go(func() {
			slots <- struct{}{}
			t.Run(x.String(), func(t *testing.T) { test(t, x) })
			<-slots
		})
	}
	running.Wait()
}

func TestInteropLive(t *testing.T) {
	matrix(t, versions, func(t *testing.T, x interop) {
		sub := x.subscribe(t, len(payloads))
		x.publish(t)
		if got, want := normal(sub.rest()), x.lines(false); got != want {
			t.Errorf("sub wrote %q, want %q", got, want)
		}
	})
}

// A retained message is a live one to who is there, and replaces the one
// before; an empty one removes it.
func TestInteropRetained(t *testing.T) {
	matrix(t, versions, func(t *testing.T, x interop) {
		sub := x.subscribe(t, len(payloads)+1)
		x.publish(t, "-r")
		for _, want := range strings.SplitAfter(x.lines(false), "\n")[:len(payloads)] {
			if got := normal(sub.line() + "\n"); got != want {
				t.Errorf("sub wrote %q, want %q", got, want)
			}
		}
		if got, want := x.retainedNow(t, 1), x.line(x.id+"/t", "last", x.qos, true)+"\n"; got != want {
			t.Errorf("retained is %q, want %q", got, want)
		}
		start(t, x.pub.args(t, "pub", x.port, "-n", "-r", "-q", strconv.Itoa(x.qos), "-t", x.id+"/t")).end()
		if got, want := sub.rest(), x.id+"/t q"; !strings.HasPrefix(got, want) || !strings.Contains(got, " r0 [] ") {
			t.Errorf("sub wrote %q about the removal, want %q and an empty message", got, want)
		}
		if got := x.retainedNow(t, 0); got != "" {
			t.Errorf("retained is %q, want nothing", got)
		}
	})
}

// A will comes when the client is killed, and does not when it ends.
func TestInteropWill(t *testing.T) {
	matrix(t, versions, func(t *testing.T, x interop) {
		topic := x.id + "/will"
		sub := x.subscribe(t, 3)
		flags := append([]string{"--will-topic", topic, "--will-payload", "gone", "--will-qos", strconv.Itoa(x.qos), "--will-retain"},
			x.withProperties("will")...)
		ends := x.publisher(t, flags...)
		ends.write("ends\n")
		ends.end()
		killed := x.publisher(t, flags...)
		killed.write("killed\n")
		for _, want := range []string{" [ends] ", " [killed] "} {
			if got := sub.line(); !strings.Contains(got, want) {
				t.Fatalf("sub wrote %q, want %s", got, want)
			}
		}
		killed.kill()
		if got, want := normal(sub.rest()), x.line(topic, "gone", x.qos, false)+"\n"; got != want {
			t.Errorf("sub wrote %q, want %q", got, want)
		}
		if got, want := x.retainedNow(t, 1), x.line(topic, "gone", x.qos, true)+"\n"; got != want {
			t.Errorf("retained is %q, want %q", got, want)
		}
	})
}

// A session keeps messages at QoS 1 and 2 while its client is away. At QoS 0
// it need not [MQTT-3.1.2-5], and neither broker does.
func TestInteropOfflineSession(t *testing.T) {
	matrix(t, versions, func(t *testing.T, x interop) {
		session := []string{"-F", all, "-q", "2", "-t", x.id + "/#", "-c", "-i", "id-" + x.id}
		if x.sub.version == "5" {
			session = append(session, "-x", "300")
		}
		start(t, x.sub.args(t, "sub", x.port, append(session, "-E")...)).end()

		witness := x.subscribe(t, len(payloads)) // says when the broker has all
		x.publish(t)
		witness.rest()
		// A message at another QoS may overtake: mosquitto_sub shows one at QoS 2
		// when it is released.
		qos := max(1, x.qos)
		start(t, x.pub.args(t, "pub", x.port, append([]string{"-m", "end", "-q", strconv.Itoa(qos), "-t", x.id + "/end"},
			x.withProperties("publish")...)...)).end()

		count, want := 1, x.line(x.id+"/end", "end", qos, false)+"\n"
		if x.qos > 0 {
			count, want = len(payloads)+1, x.lines(false)+want
		}
		if got := normal(start(t, x.sub.args(t, "sub", x.port, append(session, "-C", strconv.Itoa(count))...)).rest()); got != want {
			t.Errorf("sub wrote %q, want %q", got, want)
		}
	})
}
