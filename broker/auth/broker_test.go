package auth

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// serve runs our broker with a and returns its address.
func serve(t testing.TB, a *Authorizer) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &broker.Server{Auth: a, Logger: slog.New(slog.DiscardHandler), SysInterval: 50 * time.Millisecond}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; !errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve = %v", err)
		}
	})
	return ln.Addr().String()
}

// TestACLOnOurBroker runs the cases that are compared with mosquitto on our
// broker: what the rules say is what happens.
func TestACLOnOurBroker(t *testing.T) {
	t.Parallel()
	for name, text := range aclFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "nothing" {
				text += everything
			}
			a := mustOpen(t, Config{AllowAnonymous: true, ACLFile: write(t, "acl", text)})
			addr := serve(t, a)
			for _, s := range aclSubjects {
				compareACL(t, mustACL(t, text), addr, s)
			}
		})
	}
}

func TestPasswordsOnOurBroker(t *testing.T) {
	t.Parallel()
	a := mustOpen(t, Config{PasswordFile: write(t, "pw", "alice:"+quick(t, "one")+"\n")})
	addr := serve(t, a)
	tests := []struct {
		who      Subject
		password string
		want     mqtt.ReasonCode
	}{
		{Subject{"a", "alice", true}, "one", mqtt.Success},
		{Subject{"b", "alice", true}, "two", mqtt.BadUserNameOrPassword},
		{Subject{"c", "bob", true}, "one", mqtt.BadUserNameOrPassword},
		{Subject{ClientID: "d"}, "", mqtt.NotAuthorized},
	}
	for _, tc := range tests {
		if _, got := dial(t, addr, tc.who, tc.password); got != tc.want {
			t.Errorf("%+v with %q: %v, want %v", tc.who, tc.password, got, tc.want)
		}
	}
}

// TestRevokedOnOurBroker takes a right away from a live subscription.
func TestRevokedOnOurBroker(t *testing.T) {
	t.Parallel()
	acl := write(t, "acl", "topic #\n")
	a := mustOpen(t, Config{AllowAnonymous: true, ACLFile: acl})
	addr := serve(t, a)
	reader, _ := dial(t, addr, Subject{ClientID: "reader"}, "")
	writer, _ := dial(t, addr, Subject{ClientID: "writer"}, "")
	reader.subscribe([]string{"#"})
	for step, want := range []bool{true, false} {
		if ok, err := writer.publish("a/b"); !ok || err != nil {
			t.Fatalf("publish = %t, %v", ok, err)
		}
		reader.flush()
		if got := reader.received["a/b"]; got != want {
			t.Errorf("step %d: received: %t, want %t", step, got, want)
		}
		clear(reader.received)
		if err := os.WriteFile(acl, []byte("topic write #\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := a.Reload(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestScramOnOurBroker authenticates over the wire.
func TestScramOnOurBroker(t *testing.T) {
	t.Parallel()
	hash, err := Hash([]byte("secret"), HashOptions{Scheme: ScramSHA256, Iterations: minScramIterations})
	if err != nil {
		t.Fatal(err)
	}
	addr := serve(t, mustOpen(t, Config{PasswordFile: write(t, "pw", "alice:"+hash+"\n"), ACLFile: write(t, "acl", "user alice\ntopic a\n")}))
	for password, want := range map[string]mqtt.ReasonCode{"secret": mqtt.Success, "wrong": mqtt.BadUserNameOrPassword} {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		c := &client{t: t, nc: nc, rd: wire.Reader{R: nc}, received: map[string]bool{}}
		x := &ClientExchange{User: "alice", Password: []byte(password)}
		p := &wire.Connect{Version: mqtt.V5, CleanStart: true, ClientID: "c"}
		p.Props.SetText(mqtt.PropAuthMethod, ScramMethod)
		p.Props.SetText(mqtt.PropAuthData, string(x.Start()))
		c.send(p)
		var challenge wire.Auth
		c.await(wire.AUTH, &challenge)
		final, _, err := x.Next([]byte(challenge.Props.Text(mqtt.PropAuthData)))
		if err != nil {
			t.Fatal(err)
		}
		answer := &wire.Auth{Code: mqtt.ContinueAuthentication}
		answer.Props.SetText(mqtt.PropAuthMethod, ScramMethod)
		answer.Props.SetText(mqtt.PropAuthData, string(final))
		c.send(answer)
		var ack wire.Connack
		c.await(wire.CONNACK, &ack)
		if ack.Code != want {
			t.Errorf("password %q: CONNACK %v, want %v", password, ack.Code, want)
		}
		if want != mqtt.Success {
			continue
		}
		if _, done, err := x.Next([]byte(ack.Props.Text(mqtt.PropAuthData))); !done || err != nil {
			t.Errorf("the server's proof: %t, %v", done, err)
		}
		if ok, err := c.publish("a"); !ok || err != nil {
			t.Errorf("publish as alice = %t, %v, want true", ok, err)
		}
		if ok, err := c.publish(strings.Repeat("b", 3)); ok || err != nil {
			t.Errorf("publish without a right = %t, %v, want false", ok, err)
		}
	}
}
