package broker_test

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// BenchmarkRecovery measures how long a server needs to be ready again after
// it was killed with 100,000 retained messages and 10,000 sessions that have
// three subscriptions each:
//
//	go test ./broker -run - -bench Recovery -benchtime 3x
func BenchmarkRecovery(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "state")
	fill(b, dir, 100_000, 10_000)
	b.ResetTimer()
	for range b.N {
		recoverFrom(b, dir, 100_000, 10_000)
	}
}

// fill makes a store and leaves it as a server that was killed does.
func fill(t testing.TB, dir string, retained, sessions int) {
	t.Helper()
	store, err := broker.OpenStore(dir, broker.StoreOptions{Sync: broker.SyncOS})
	if err != nil {
		t.Fatal(err)
	}
	srv := &broker.Server{Store: store, SysInterval: -1}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	f := &fixture{srv: srv, addr: ln.Addr()}
	for i := range sessions {
		c := f.dial(t)
		c.v = mqtt.V5
		p := &wire.Connect{Version: c.v, ClientID: fmt.Sprint("session", i)}
		keep(p)
		c.send(p, &wire.Subscribe{PacketID: 1, Filters: filters([]string{fmt.Sprintf("house/%d/# 1", i), "all/+ 0", fmt.Sprintf("own/%d 2", i)})})
		c.expect("CONNACK", "SUBACK #1 01 00 02")
		c.bye()
	}
	for i := range retained {
		m := mqtt.Message{Topic: fmt.Sprintf("plant/%d/line/%d/state", i/100, i%100), Payload: make([]byte, 100), QoS: 1, Retain: true}
		if err := srv.Publish(m); err != nil {
			t.Fatal(err)
		}
	}
	srv.Close()
	<-done
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// recoverFrom starts a server on the store and checks that all is there.
func recoverFrom(t testing.TB, dir string, retained, sessions int) {
	t.Helper()
	store, err := broker.OpenStore(dir, broker.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	srv := &broker.Server{Store: store, SysInterval: -1}
	defer srv.Close()
	got := srv.Stats() // the first call of a method reads the store
	want := fmt.Sprint(retained, sessions, 3*sessions)
	if s := fmt.Sprint(got.Retained, got.Sessions, got.Subscriptions); s != want {
		t.Errorf("retained messages, sessions and subscriptions = %s, want %s", s, want)
	}
}

// TestRecovery is the benchmark's way with less.
func TestRecovery(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	fill(t, dir, 500, 50)
	for range 2 {
		recoverFrom(t, dir, 500, 50)
	}
}
