package broker_test

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// logBuffer is a log that tests can read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write is part of io.Writer.
func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// has waits for a line that matches.
func (l *logBuffer) has(t *testing.T, pattern string) {
	t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	if !until(func() bool { return re.MatchString(l.text()) }) {
		t.Errorf("no line matches %s in\n%s", pattern, l.text())
	}
}

// onlyAnn lets in who calls herself ann.
type onlyAnn struct{ refuseAll }

func (onlyAnn) Connect(_ context.Context, c *broker.ConnectInfo) error {
	if c.Username == "ann" {
		return nil
	}
	return &mqtt.ReasonError{Code: mqtt.BadUserNameOrPassword, Reason: "who is that"}
}

// eachLogged is each with a log to read and the Authorizer onlyAnn.
func eachLogged(t *testing.T, limits broker.Limits, test func(t *testing.T, b *fixture, log *logBuffer)) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			log := &logBuffer{}
			b := serve(t, &broker.Server{Logger: slog.New(slog.NewTextHandler(log, nil)), Auth: onlyAnn{}, Limits: limits, SysInterval: -1}, listen(t))
			test(t, b, log)
			if strings.Contains(log.text(), "secret") {
				t.Errorf("the password is in the log:\n%s", log.text())
			}
		})
	}
}

// TestLogNamesEachEnd: one line a connection event, with who, from where, to
// which listener and why in one word, which is counted too.
func TestLogNamesEachEnd(t *testing.T) {
	const where = `remote=127\.0\.0\.1:\d+ listener=127\.0\.0\.1:\d+ `
	tests := []struct {
		reason, detail string
		end            func(t *testing.T, b *fixture)
		before         bool // it ends before CONNECT is accepted
	}{
		{"disconnect", `"client disconnected"`, func(t *testing.T, b *fixture) { b.connect(t, mqtt.V311, "c", loginAs("ann")).bye() }, false},
		{"disconnect_with_will", `".* will"`, func(t *testing.T, b *fixture) {
			c := b.connect(t, mqtt.V5, "c", loginAs("ann"))
			c.send(&wire.Disconnect{Code: mqtt.DisconnectWithWill})
			c.ended()
		}, false},
		{"lost", `".*"`, func(t *testing.T, b *fixture) { b.connect(t, mqtt.V311, "c", loginAs("ann")).vanish() }, false},
		{"taken_over", `"session taken over: .*"`, func(t *testing.T, b *fixture) {
			c := b.connect(t, mqtt.V5, "c", loginAs("ann"))
			b.connect(t, mqtt.V5, "c", loginAs("ann"))
			c.ended("DISCONNECT 8e")
		}, false},
		{"kicked", `"administrative action: .*"`, func(t *testing.T, b *fixture) {
			c := b.connect(t, mqtt.V5, "c", loginAs("ann"))
			b.srv.Kick("c")
			c.ended("DISCONNECT 98")
		}, false},
		{"protocol_error", `"protocol error: a second CONNECT"`, func(t *testing.T, b *fixture) {
			c := b.connect(t, mqtt.V5, "c", loginAs("ann"))
			c.send(&wire.Connect{Version: mqtt.V5, ClientID: "d"})
			c.ended("DISCONNECT 82")
		}, false},
		{"malformed_packet", `"malformed packet: .*"`, func(t *testing.T, b *fixture) {
			c := b.connect(t, mqtt.V5, "c", loginAs("ann"))
			c.raw([]byte{0x30, 1, 0})
			c.ended("DISCONNECT 81")
		}, false},
		{"bad_user_name_or_password", `"bad user name or password: who is that"`, func(t *testing.T, b *fixture) {
			b.request(t, mqtt.V311, "c", loginAs("bob")).ended()
		}, true},
		{"client_id_not_valid", `".*"`, func(t *testing.T, b *fixture) {
			b.request(t, mqtt.V311, "", loginAs("bob"), keep).ended()
		}, true},
	}
	eachLogged(t, broker.Limits{}, func(t *testing.T, b *fixture, log *logBuffer) {
		for _, tt := range tests {
			tt.end(t, b)
			line := `level=INFO msg="client disconnected" client=c user=ann ` + where
			if tt.before {
				line = `level=INFO msg="connection closed before CONNECT was accepted" (client=c )?user=bob ` + where
			}
			log.has(t, line+`reason=`+tt.reason+` detail=`+tt.detail+`$`)
			if n := b.srv.Stats().Closed[tt.reason]; n != 1 {
				t.Errorf("%d connections ended with %s, want 1", n, tt.reason)
			}
		}
		log.has(t, `level=INFO msg="client connected" client=c user=ann `+where+`version=3.1.1 session_present=false$`)
		log.has(t, `level=WARN msg=denied action=connect client=c user=bob `+where+`reason="bad user name or password: who is that"$`)
	})
}

// TestLogShowsPackets at level Debug, but no password.
func TestLogShowsPackets(t *testing.T) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			log := &logBuffer{}
			h := slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})
			b := serve(t, &broker.Server{Logger: slog.New(h), SysInterval: -1}, listen(t))
			b.connect(t, mqtt.V311, "c", loginAs("ann")).bye()
			log.has(t, `level=DEBUG msg=packet client=c sent=false packet="CONNECT MQTT 3.1.1 .* password=\(6 bytes\)"$`)
			log.has(t, `level=DEBUG msg=packet client=c sent=true packet="CONNACK success"$`)
			log.has(t, `level=DEBUG msg=packet client=c sent=false packet=DISCONNECT$`)
			if strings.Contains(log.text(), "secret") {
				t.Errorf("the password is in the log:\n%s", log.text())
			}
		})
	}
}

func TestLogNamesRefusals(t *testing.T) {
	eachLogged(t, broker.Limits{MaxConnections: 1}, func(t *testing.T, b *fixture, log *logBuffer) {
		b.connect(t, mqtt.V311, "c", loginAs("ann"))
		b.dial(t).ended()
		log.has(t, `level=WARN msg="connection refused: max_connections" remote=127\.0\.0\.1:\d+ listener=127\.0\.0\.1:\d+ reason=max_connections refused_so_far=1$`)
	})
}
