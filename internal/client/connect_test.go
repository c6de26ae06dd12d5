package client

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

func TestConnectPacket(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	will := mqtt.Message{Topic: "w", Payload: []byte("gone"), QoS: 1, Retain: true, Props: mqtt.Properties{
		{ID: mqtt.PropWillDelay, Int: 3}, {ID: mqtt.PropContentType, Value: "text"},
		{ID: mqtt.PropResponseTopic, Value: "r"}, {ID: mqtt.PropMessageExpiry, Int: 9},
		{ID: mqtt.PropCorrelationData, Value: "c"}, {ID: mqtt.PropPayloadFormat, Int: 1},
		{ID: mqtt.PropUser, Key: "k", Value: "v"},
	}}
	ch := f.start(Options{
		ClientID: "me", CleanStart: true, KeepAlive: 7 * time.Second, Username: "u", Password: []byte("p"),
		Will: &will, Props: mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 5}, {ID: mqtt.PropUser, Key: "a", Value: "b"}},
	})
	p := f.next()
	got := p.accept(wire.Connack{Props: mqtt.Properties{{ID: mqtt.PropAssignedClientID, Value: "given"}}})
	if got.Will == nil || !slices.Equal(got.Will.Props, will.Props) || string(got.Will.Payload) != "gone" || !got.Will.Retain || got.Will.QoS != 1 {
		t.Errorf("will = %+v, want %+v with all its properties", got.Will, will)
	}
	if got.ClientID != "me" || !got.CleanStart || got.KeepAlive != 7 || got.Username != "u" || string(got.Password) != "p" {
		t.Errorf("CONNECT = %+v, want what the options say", got)
	}
	want := mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 5}, {ID: mqtt.PropUser, Key: "a", Value: "b"},
		{ID: mqtt.PropReceiveMaximum, Int: DefaultReceiveMaximum}}
	if !slices.Equal(got.Props, want) {
		t.Errorf("properties of CONNECT = %+v, want %+v", got.Props, want)
	}
	res := <-ch
	if res.err != nil {
		t.Fatal(res.err)
	}
	if id := res.c.ClientID(); id != "given" {
		t.Errorf("ClientID() = %q, want the assigned one", id)
	}
	_ = res.c.Close()
}

func TestConnectRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		v      mqtt.Version
		reply  []byte
		code   mqtt.ReasonCode
		reason string
	}{
		{"MQTT 5", mqtt.V5, []byte{0x20, 9, 0, 0x87, 6, 31, 0, 3, 'n', 'o', '!'}, mqtt.NotAuthorized, "no!"},
		{"MQTT 5 in the form of 3.1.1", mqtt.V5, []byte{0x20, 2, 0, 5}, mqtt.NotAuthorized, ""},
		{"3.1.1", mqtt.V311, []byte{0x20, 2, 0, 4}, mqtt.BadUserNameOrPassword, ""},
		{"3.1", mqtt.V31, []byte{0x20, 2, 0, 2}, mqtt.ClientIdentifierNotValid, ""},
		{"automatic, not for the version", 0, []byte{0x20, 3, 0, 0x8A, 0}, mqtt.Banned, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			ch := f.start(Options{Version: tt.v, CleanStart: true})
			p := f.next()
			read[wire.Connect](p)
			p.sendRaw(tt.reply)
			err := (<-ch).err
			var re *mqtt.ReasonError
			if want := (mqtt.ReasonError{Op: "connect", Code: tt.code, Reason: tt.reason}); !errors.As(err, &re) || *re != want {
				t.Errorf("Connect = %v, want %v", err, &want)
			}
			p.closed()
		})
	}
}

func TestVersionFallback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply []byte // nil closes
	}{
		{"reason code 0x84", []byte{0x20, 3, 0, 0x84, 0}},
		{"return code 1", []byte{0x20, 2, 0, 1}},
		{"closed", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			ch := f.start(Options{CleanStart: true})
			p := f.next()
			read[wire.Connect](p)
			if tt.reply != nil {
				p.sendRaw(tt.reply)
			} else {
				p.close()
			}
			p = f.next()
			if c := p.accept(wire.Connack{}); c.Version != mqtt.V311 {
				t.Errorf("second CONNECT has version %v, want 3.1.1", c.Version)
			}
			res := <-ch
			if res.err != nil {
				t.Fatal(res.err)
			}
			if v := res.c.Version(); v != mqtt.V311 {
				t.Errorf("Version() = %v, want 3.1.1", v)
			}
			_ = res.c.Close()
		})
	}
}

func TestFallbackNamesWhatNeedsMQTT5(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := f.start(Options{CleanStart: true, Props: mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 1}}})
	p := f.next()
	read[wire.Connect](p)
	p.sendRaw([]byte{0x20, 2, 0, 1})
	if err := (<-ch).err; err == nil || !strings.Contains(err.Error(), "session-expiry-interval needs MQTT 5") {
		t.Errorf("Connect = %v, want an error that names the property", err)
	}
}

func TestRefusedUpFront(t *testing.T) {
	t.Parallel()
	dial := func(context.Context) (net.Conn, error) { return nil, errors.New("dialled") }
	user := mqtt.Properties{{ID: mqtt.PropUser, Key: "k", Value: "v"}}
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"property", Options{Version: mqtt.V311, CleanStart: true, Props: user}, "user-property needs MQTT 5"},
		{"will property", Options{Version: mqtt.V311, CleanStart: true, Will: &mqtt.Message{Topic: "t", Props: user}}, "user-property needs MQTT 5"},
		{"password alone", Options{Version: mqtt.V311, CleanStart: true, Password: []byte("p")}, "a password without a user name needs MQTT 5"},
		{"no id", Options{Version: mqtt.V311}, "an empty client identifier needs a clean session in MQTT 3.1.1"},
		{"keep alive", Options{KeepAlive: time.Second / 2}, "keep alive 500ms is not a whole number of seconds"},
		{"will topic", Options{Will: &mqtt.Message{Topic: "a/+"}}, "will topic contains a wildcard, + or #"},
		{"version", Options{Version: 9}, "unknown protocol level 9 is not supported"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.o.Dial = dial
			if _, err := Connect(t.Context(), tt.o); err == nil || err.Error() != tt.want {
				t.Errorf("Connect = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestOldVersionRefusesMQTT5(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, _ := f.connect(Options{Version: mqtt.V311, CleanStart: true}, wire.Connack{})
	err := c.PublishAsync(mqtt.Message{Topic: "t", Props: mqtt.Properties{{ID: mqtt.PropContentType, Value: "x"}}}, nil)
	if err == nil || err.Error() != "content-type needs MQTT 5" {
		t.Errorf("PublishAsync = %v, want content-type needs MQTT 5", err)
	}
	s := sub(t, "a", 0)
	s[0].NoLocal = true
	if _, err := c.Subscribe(t.Context(), s, func(mqtt.Message) {}); err == nil || err.Error() != "no-local needs MQTT 5" {
		t.Errorf("Subscribe = %v, want no-local needs MQTT 5", err)
	}
}

// The authentication method in CONNACK makes paho call a handler, which is
// nil here.
func TestConnackWithAuthenticationMethod(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, _ := f.connect(Options{}, wire.Connack{Props: mqtt.Properties{{ID: mqtt.PropAuthMethod, Value: "x"}}})
	if got := c.ConnackProps().Text(mqtt.PropAuthMethod); got != "x" {
		t.Errorf("ConnackProps() = %v, want the method", c.ConnackProps())
	}
}

func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		ch := f.start(Options{ConnectTimeout: 3 * time.Second})
		p := f.next()
		read[wire.Connect](p)
		err := (<-ch).err
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer to CONNECT within 3s") {
			t.Errorf("Connect = %v, want a timeout that says so", err)
		}
		p.close()
	})
}

func TestRetryConnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		var kinds []EventKind
		ch := f.start(Options{Version: mqtt.V5, RetryConnect: true, Events: func(e Event) { kinds = append(kinds, e.Kind) }})
		f.next().close()
		p := f.next()
		p.accept(wire.Connack{Code: mqtt.ServerUnavailable})
		f.next().accept(wire.Connack{})
		res := <-ch
		if res.err != nil {
			t.Fatal(res.err)
		}
		if want := []EventKind{Reconnecting, Reconnecting, Connected}; !slices.Equal(kinds, want) {
			t.Errorf("events = %v, want %v", kinds, want)
		}
		_ = res.c.Close()
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	o := Options{}.withDefaults()
	for attempt, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		want *= time.Second
		if d := o.Backoff.delay(attempt); d < want/2 || d > want {
			t.Errorf("delay(%d) = %v, want %v to %v", attempt, d, want/2, want)
		}
	}
	if d := o.Backoff.delay(10_000); d > 30*time.Second {
		t.Errorf("delay(10000) = %v, want at most 30s", d)
	}
}

func TestSessionPresentAfterCleanStart(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := f.start(Options{Version: mqtt.V5, CleanStart: true})
	p := f.next()
	p.accept(wire.Connack{SessionPresent: true})
	wantReason(t, (<-ch).err, "", mqtt.ProtocolError)
}

// What cannot be said at the end is refused at the beginning: without
// DISCONNECT the broker would publish the will.
func TestDisconnectPropsAreChecked(t *testing.T) {
	t.Parallel()
	o := Options{DisconnectProps: mqtt.Properties{{ID: mqtt.PropReasonString, Value: "\xff"}}, Dial: func(context.Context) (net.Conn, error) {
		return nil, errors.New("the client dials")
	}}
	const want = "encode DISCONNECT: property reason-string is not valid UTF-8"
	if _, err := Connect(t.Context(), o); err == nil || err.Error() != want {
		t.Errorf("Connect = %v, want %s", err, want)
	}
}
