//go:build unix

package cmd

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/client"
	"mqt/internal/mqtt"
)

// TestKillKeepsState kills the broker at random moments while retained
// messages are set and subscriptions are made. Whatever had its
// acknowledgement is in the store afterwards, as a broker reads it.
func TestKillKeepsState(t *testing.T) {
	t.Parallel()
	k := &killed{t: t, addr: lastingAddr(t), dir: t.TempDir()}
	k.start()
	t.Cleanup(k.kill)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	keeper, session := k.connect("keeper"), k.connect("session")
	var retained, filters []string // acknowledged
	var working sync.WaitGroup
	working.Go(func() { retained = acknowledged(ctx, func(name string) error { return keep(ctx, keeper, name) }) })
	working.Go(func() { filters = acknowledged(ctx, func(name string) error { return subscribe(ctx, session, name) }) })
	for range rounds(t) {
		timer := time.NewTimer(time.Duration(20+rand.IntN(200)) * time.Millisecond)
		<-timer.C
		k.kill()
		k.start()
	}
	k.kill()
	cancel()
	working.Wait()
	keeper.Close()
	session.Close()
	t.Logf("%d retained messages, %d subscriptions", len(retained), len(filters))
	if len(retained) == 0 || len(filters) == 0 {
		t.Error("nothing was acknowledged")
	}
	k.holds(retained, filters)
}

// acknowledged does something with one name after the other until the context
// ends, and returns the names with which it succeeded. At most a hundred thousand.
func acknowledged(ctx context.Context, do func(name string) error) (names []string) {
	for n := 0; ctx.Err() == nil && len(names) < 100_000; n++ {
		name := fmt.Sprint("s/", n)
		if do(name) == nil {
			names = append(names, name)
		}
	}
	return names
}

func keep(ctx context.Context, c *client.Client, topic string) error {
	return c.Publish(ctx, mqtt.Message{Topic: topic, Payload: []byte(topic), QoS: 1, Retain: true})
}

func subscribe(ctx context.Context, c *client.Client, filter string) error {
	f, err := mqtt.ParseFilter(filter)
	if err != nil {
		return err
	}
	_, err = c.Subscribe(ctx, []mqtt.Subscription{{Filter: f, QoS: 1, RetainHandling: 2}}, func(mqtt.Message) {})
	return err
}

// holds reads the store as a server does and looks for what must be there.
func (k *killed) holds(retained, filters []string) {
	t := k.t
	t.Helper()
	store, err := broker.OpenStore(k.dir, broker.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	srv := &broker.Server{Store: store, SysInterval: -1}
	defer srv.Close()
	subscribed, kept := map[string]bool{}, map[string]string{}
	for _, s := range srv.Subscriptions() {
		subscribed[s.ClientID+" "+s.Filter.String()] = true
	}
	for _, m := range srv.AllRetained() {
		kept[m.Topic] = string(m.Payload)
	}
	for _, f := range filters {
		if !subscribed["session "+f] {
			t.Errorf("the acknowledged subscription to %s is lost", f)
		}
	}
	for _, topic := range retained {
		if kept[topic] != topic {
			t.Errorf("the acknowledged retained message of %s is lost: %q", topic, kept[topic])
		}
	}
}
