package client

import (
	"errors"
	"strings"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/scram"
	"mqt/internal/wire"
)

// steps is an Exchange in which the broker says "challenge", the client
// "response", and the broker "proof".
type steps struct {
	first string
	at    int
}

func (s *steps) Start() []byte { return []byte(s.first) }

func (s *steps) Next(data []byte) (reply []byte, done bool, err error) {
	s.at++
	switch {
	case s.at == 1 && string(data) == "challenge":
		return []byte("response"), false, nil
	case s.at == 2 && string(data) == "proof":
		return nil, true, nil
	}
	return nil, false, errNone
}

// stepping authenticates with steps whose first message is another each time.
func stepping() *Authentication {
	first := "a"
	return &Authentication{Method: "steps", Begin: func() Exchange {
		x := &steps{first: first}
		first += "a"
		return x
	}}
}

func authProps(method, data string) mqtt.Properties {
	var ps mqtt.Properties
	ps.SetText(mqtt.PropAuthMethod, method)
	ps.SetText(mqtt.PropAuthData, data)
	return ps
}

func challengeOf(data string) *wire.Auth {
	return &wire.Auth{Code: mqtt.ContinueAuthentication, Props: authProps("steps", data)}
}

// authenticate plays the broker of steps up to CONNACK.
func (p *peer) authenticate(first string) *wire.Connect {
	p.t.Helper()
	c := read[wire.Connect](p)
	if got := c.Props.Text(mqtt.PropAuthData); got != first || c.Props.Text(mqtt.PropAuthMethod) != "steps" {
		p.t.Errorf("properties of CONNECT = %v, want the method steps and data %q", c.Props, first)
	}
	p.send(challengeOf("challenge"))
	a := read[wire.Auth](p)
	if a.Code != mqtt.ContinueAuthentication || a.Props.Text(mqtt.PropAuthMethod) != "steps" || a.Props.Text(mqtt.PropAuthData) != "response" {
		p.t.Errorf("AUTH = %+v, want to continue with response", a)
	}
	p.send(&wire.Connack{Props: authProps("steps", "proof")})
	return c
}

// Every connection has an exchange of its own.
func TestAuthentication(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := f.start(quick(Options{Auth: stepping(), Username: "ann", CleanStart: true}))
	p := f.next()
	if c := p.authenticate("a"); c.Username != "ann" || c.HasPassword {
		t.Errorf("CONNECT = %+v, want the user name without a password", c)
	}
	res := <-ch
	if res.err != nil {
		t.Fatal(res.err)
	}
	for _, first := range []string{"aa", "aaa"} {
		p.close()
		p = f.next()
		p.authenticate(first)
	}
	if err := res.c.PublishAsync(msg("x", 0), nil); err != nil {
		t.Fatal(err)
	}
	p.wantPublish("x", 0, false)
	_ = res.c.Close()
}

// TestAttackAuthentication is a broker that cannot, or will not, play by the
// rules of the exchange: no connection comes of it, nor another attempt.
func TestAttackAuthentication(t *testing.T) {
	t.Parallel()
	accept := &wire.Connack{Props: authProps("steps", "proof")}
	bare := &wire.Connack{}
	tests := []struct {
		name string
		say  []wire.Packet // with a reading of AUTH after each but the last
		want string
	}{
		{"accepts at once", []wire.Packet{bare}, "accepts without the last message"},
		{"proves at once", []wire.Packet{accept}, "nothing"},
		{"challenge in CONNACK", []wire.Packet{&wire.Connack{Props: authProps("steps", "challenge")}}, "accepts before the exchange is over"},
		{"no proof", []wire.Packet{challengeOf("challenge"), bare}, "accepts without the last message"},
		{"wrong proof", []wire.Packet{challengeOf("challenge"), &wire.Connack{Props: authProps("steps", "poof")}}, "nothing"},
		{"proof in AUTH", []wire.Packet{challengeOf("challenge"), challengeOf("proof")}, "came in AUTH, not in CONNACK"},
		{"another round", []wire.Packet{challengeOf("challenge"), challengeOf("challenge")}, "nothing"},
		{"wrong challenge", []wire.Packet{challengeOf("")}, "nothing"},
		{"other method", []wire.Packet{&wire.Auth{Code: mqtt.ContinueAuthentication, Props: authProps("plain", "challenge")}}, `it answers in the method "plain", not "steps"`},
		{"other method at the end", []wire.Packet{challengeOf("challenge"), &wire.Connack{Props: authProps("plain", "proof")}}, `method "plain"`},
		{"success in AUTH", []wire.Packet{&wire.Auth{Props: authProps("steps", "challenge")}}, "AUTH with reason code"},
		{"bare AUTH", []wire.Packet{&wire.Auth{}}, "AUTH with reason code"},
		{"re-authentication", []wire.Packet{&wire.Auth{Code: mqtt.Reauthenticate, Props: authProps("steps", "challenge")}}, "AUTH with reason code"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			ch := f.start(quick(Options{Auth: stepping(), CleanStart: true, RetryConnect: true}))
			p := f.next()
			read[wire.Connect](p)
			for i, pkt := range tt.say {
				if i > 0 {
					read[wire.Auth](p)
				}
				p.send(pkt)
			}
			p.closed()
			var bad *AuthError
			res := <-ch
			if !errors.As(res.err, &bad) || !strings.Contains(res.err.Error(), tt.want) {
				t.Errorf("Connect = %v, want an AuthError with %q", res.err, tt.want)
			}
			if res.c != nil {
				_ = res.c.Close()
			}
		})
	}
}

// AUTH is refused when no exchange is under way: without one, and after it.
func TestAttackAuthOutOfTurn(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := f.start(Options{CleanStart: true})
	p := f.next()
	read[wire.Connect](p)
	p.send(challengeOf("challenge"))
	p.closed()
	wantReason(t, (<-ch).err, "", mqtt.ProtocolError)
	for _, code := range []mqtt.ReasonCode{mqtt.Success, mqtt.ContinueAuthentication, mqtt.Reauthenticate} {
		f := newFake(t)
		ch := f.start(quick(Options{Auth: stepping(), CleanStart: true}))
		p := f.next()
		p.authenticate("a")
		res := <-ch
		if res.err != nil {
			t.Fatal(res.err)
		}
		p.send(&wire.Auth{Code: code, Props: authProps("steps", "challenge")})
		if d := read[wire.Disconnect](p); d.Code != mqtt.ProtocolError {
			t.Errorf("AUTH %v after CONNACK: DISCONNECT %v, want %v", code, d.Code, mqtt.ProtocolError)
		}
		p.closed()
		wantReason(t, ended(res.c), "", mqtt.ProtocolError)
	}
}

// A broker that takes the place of the real one is refused at a reconnect.
func TestAttackImpostorAtReconnect(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := f.start(quick(Options{Auth: stepping(), CleanStart: true}))
	p := f.next()
	p.authenticate("a")
	res := <-ch
	if res.err != nil {
		t.Fatal(res.err)
	}
	p.close()
	p = f.next()
	read[wire.Connect](p)
	p.send(&wire.Connack{})
	p.closed()
	var bad *AuthError
	if err := ended(res.c); !errors.As(err, &bad) {
		t.Errorf("Err() = %v, want an AuthError", err)
	}
}

// A refusal needs no proof, and is told as what it is.
func TestAuthenticationRefused(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := f.start(Options{Auth: stepping(), CleanStart: true})
	p := f.next()
	read[wire.Connect](p)
	p.send(challengeOf("challenge"))
	read[wire.Auth](p)
	p.send(&wire.Connack{Code: mqtt.BadUserNameOrPassword})
	wantReason(t, (<-ch).err, "connect", mqtt.BadUserNameOrPassword)
}

// A broker that does not know MQTT 5 does not get the client without it.
func TestAttackDowngrade(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply []byte // nil closes
		want  string
	}{
		"refused":            {[]byte{0x20, 2, 0, 1}, "enhanced authentication needs MQTT 5"},
		"closed":             {nil, "enhanced authentication needs MQTT 5"},
		"accepted as 3.1.1":  {[]byte{0x20, 2, 0, 0}, "another protocol version"},
		"refused in MQTT 5":  {[]byte{0x20, 3, 0, 0x84, 0}, "enhanced authentication needs MQTT 5"},
		"challenge as 3.1.1": {[]byte{0xf0, 0}, "AUTH with reason code"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			ch := f.start(Options{Auth: stepping(), CleanStart: true})
			p := f.next()
			read[wire.Connect](p)
			if tt.reply != nil {
				p.sendRaw(tt.reply)
			} else {
				p.close()
			}
			if err := (<-ch).err; err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Connect = %v, want %q", err, tt.want)
			}
		})
	}
}

// SCRAM proper: what a broker that does not know the password can try.
func TestAttackScram(t *testing.T) {
	t.Parallel()
	const salt = ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i="
	tests := []struct {
		name   string
		answer func(nonce string) string
		proof  string // after the answer was accepted
	}{
		{"wrong signature", func(n string) string { return "r=" + n + "x" + salt + "4096" }, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
		{"empty signature", func(n string) string { return "r=" + n + "x" + salt + "4096" }, "v="},
		{"error", func(n string) string { return "r=" + n + "x" + salt + "4096" }, "e=other-error"},
		{"one iteration", func(n string) string { return "r=" + n + "x" + salt + "1" }, ""},
		{"iterations for ever", func(n string) string { return "r=" + n + "x" + salt + "2147483648" }, ""},
		{"another nonce", func(string) string { return "r=abcdefghijklmnopqrstuvwxyz" + salt + "4096" }, ""},
		{"our nonce alone", func(n string) string { return "r=" + n + salt + "4096" }, ""},
		{"nothing", func(string) string { return "" }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			ch := f.start(Options{CleanStart: true, Auth: &Authentication{Method: scram.Method, Begin: func() Exchange {
				return &scram.Client{User: "user", Password: []byte("pencil")}
			}}})
			p := f.next()
			c := read[wire.Connect](p)
			_, nonce, _ := strings.Cut(c.Props.Text(mqtt.PropAuthData), ",r=")
			p.send(&wire.Auth{Code: mqtt.ContinueAuthentication, Props: authProps(scram.Method, tt.answer(nonce))})
			if tt.proof != "" {
				read[wire.Auth](p)
				p.send(&wire.Connack{Props: authProps(scram.Method, tt.proof)})
			}
			p.closed()
			var bad *AuthError
			if err := (<-ch).err; !errors.As(err, &bad) {
				t.Errorf("Connect = %v, want an AuthError", err)
			}
		})
	}
}

func TestAuthenticationOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		o    Options
		want string
	}{
		{Options{Version: mqtt.V311, CleanStart: true, Auth: stepping()}, "enhanced authentication needs MQTT 5"},
		{Options{Version: mqtt.V31, CleanStart: true, Auth: stepping()}, "enhanced authentication needs MQTT 5"},
		{Options{Auth: &Authentication{Method: "x"}}, "client: Options.Auth lacks Method or Begin"},
		{Options{Auth: stepping(), Props: authProps("x", "y")}, "authentication-method is set by enhanced authentication"},
	}
	for _, tt := range tests {
		tt.o.Dial = newFake(t).dial
		if _, err := Connect(t.Context(), tt.o); err == nil || err.Error() != tt.want {
			t.Errorf("Connect = %v, want %s", err, tt.want)
		}
	}
}
