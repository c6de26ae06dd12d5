package rr

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
)

func request(payload string, props ...mqtt.Property) mqtt.Message {
	return mqtt.Message{Topic: "ask", Payload: []byte(payload), Props: props}
}

func TestRespond(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	to := mqtt.Property{ID: mqtt.PropResponseTopic, Value: "mine"}
	data := mqtt.Property{ID: mqtt.PropCorrelationData, Value: "\x00data"}
	synctest.Test(t, func(t *testing.T) {
		f := newFake(func(*fake, mqtt.Message) error { return nil })
		var told []string
		o := Responder{Requests: subscription(t, "ask"), QoS: 1, Count: 2, DropRetained: true,
			Answer: func(_ context.Context, m mqtt.Message) ([]byte, error) {
				time.Sleep(time.Second)
				if string(m.Payload) == "bad" {
					return nil, broken
				}
				return []byte(strings.ToUpper(string(m.Payload))), nil
			},
			Unanswered: func(m mqtt.Message, why error) { told = append(told, string(m.Payload)+": "+why.Error()) }}
		done := make(chan error, 1)
		go func() { done <- Respond(t.Context(), f, o) }()
		synctest.Wait()
		old := request("old", to)
		old.Retain = true
		for _, m := range []mqtt.Message{request("nowhere"), request("bad", to), old, request("a", to, data), request("b", to)} {
			f.handle(m)
			clear(m.Payload) // it was valid during the call
		}
		if err := <-done; err != nil {
			t.Errorf("Respond = %v", err)
		}
		var got []string
		for _, m := range f.sent {
			got = append(got, m.Topic+" "+string(m.Payload)+" "+m.Props.Text(mqtt.PropCorrelationData))
			if m.QoS != 1 || m.Props.Has(mqtt.PropResponseTopic) {
				t.Errorf("response %+v", m)
			}
		}
		if want := []string{"mine A \x00data", "mine B "}; !slices.Equal(got, want) {
			t.Errorf("responses %q, want %q", got, want)
		}
		if want := []string{"nowhere: " + string(ErrNoTopic), "bad: broken"}; !slices.Equal(told, want) {
			t.Errorf("unanswered %q, want %q", told, want)
		}
	})
}

// No more than Workers at a time, and a flood is cut off.
func TestRespondBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(func(*fake, mqtt.Message) error { return nil })
		dropped := 0
		o := Responder{Requests: subscription(t, "ask"), Topic: "answers", Workers: 3, Count: maxWaiting + 3,
			Answer:     func(context.Context, mqtt.Message) ([]byte, error) { time.Sleep(time.Second); return nil, nil },
			Unanswered: func(mqtt.Message, error) { dropped++ }}
		done := make(chan error, 1)
		start := time.Now()
		go func() { done <- Respond(t.Context(), f, o) }()
		for range maxWaiting + 10 {
			synctest.Wait() // what a worker can take, it takes
			f.handle(request("x"))
		}
		if err := <-done; err != nil || dropped != 7 {
			t.Errorf("Respond = %v, %d dropped, want 7", err, dropped)
		}
		if took, want := time.Since(start), 335*time.Second; took != want { // 1003 in threes
			t.Errorf("Respond took %v, want %v", took, want)
		}
	})
}

func TestRespondEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		f := newFake(func(*fake, mqtt.Message) error { return nil })
		ended := false
		o := Responder{Requests: subscription(t, "ask"), Topic: "answers", Answer: func(ctx context.Context, _ mqtt.Message) ([]byte, error) {
			<-ctx.Done()
			ended = true
			return nil, ctx.Err()
		}}
		done := make(chan error, 1)
		go func() { done <- Respond(ctx, f, o) }()
		synctest.Wait()
		f.handle(request("x"))
		synctest.Wait()
		cancel(cause)
		if err := <-done; err != cause || !ended || len(f.sent) != 0 {
			t.Errorf("Respond = %v, answer ended: %t, %d responses, want %v, true, 0", err, ended, len(f.sent), cause)
		}
		refused := &fake{codes: []mqtt.ReasonCode{mqtt.NotAuthorized}}
		var why *mqtt.ReasonError
		if err := Respond(t.Context(), refused, o); !errors.As(err, &why) || why.Code != mqtt.NotAuthorized {
			t.Errorf("Respond = %v, want a refusal", err)
		}
	})
}
