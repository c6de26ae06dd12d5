package sub

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"mqt/internal/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a client with a broker behind it: it keeps retained messages, and
// calls the handler from one goroutine, as the real client does.
type fake struct {
	codes    []mqtt.ReasonCode // of the SUBACK; nil grants everything
	subErr   error
	silent   bool // the SUBACK never comes
	deaf     bool // the UNSUBACK never comes
	noEcho   bool // published messages do not come back
	lazy     bool // a handler that returns does not acknowledge
	queue    int  // as many retained messages a subscription gets at QoS 1 and 2 at most; 0 is no limit
	pubErr   func(topic string) error
	subs     []mqtt.Subscription
	unsubs   []string
	done     chan struct{}
	err      error
	incoming chan mqtt.Message
	acks     chan func()

	current *mqtt.Message // being handled and not acknowledged; the reader's

	mu       sync.Mutex
	handle   func(mqtt.Message)
	retained map[string]mqtt.Message
	sent     []mqtt.Message
	acked    []string // payloads of acknowledged messages
	reader   sync.WaitGroup
}

func newFake(retained ...mqtt.Message) *fake {
	f := &fake{done: make(chan struct{}), incoming: make(chan mqtt.Message, 1<<17), retained: map[string]mqtt.Message{}}
	for _, m := range retained {
		m.Retain = true
		f.retained[m.Topic] = m
	}
	return f
}

// read calls the handler for what arrives, until the client is over.
func (f *fake) read() {
	for {
		select {
		case <-f.done:
			return
		case m := <-f.incoming:
			f.mu.Lock()
			handle := f.handle
			f.mu.Unlock()
			f.current = &m
			handle(m)
			select {
			case <-f.done: // too late for an acknowledgement
			default:
				if f.lazy {
					continue
				}
				_ = f.Acknowledge()
			}
		}
	}
}

// Acknowledge notes the message that is being handled, once.
func (f *fake) Acknowledge() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current != nil {
		f.acked = append(f.acked, string(f.current.Payload))
		f.current = nil
	}
	return nil
}

func (f *fake) SubscribeWith(ctx context.Context, subs []mqtt.Subscription, _ mqtt.Properties, handle func(mqtt.Message)) ([]mqtt.ReasonCode, error) {
	f.mu.Lock()
	first := f.handle == nil
	f.handle, f.subs = handle, subs
	f.mu.Unlock()
	if first {
		f.reader.Go(f.read)
	}
	if f.silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.subErr != nil {
		return nil, f.subErr
	}
	codes := f.codes
	if codes == nil {
		codes = make([]mqtt.ReasonCode, len(subs))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	topics := slices.Sorted(maps.Keys(f.retained))
	for i, s := range subs {
		if codes[i].Failed() {
			continue
		}
		queued := 0
		for _, topic := range topics {
			if !s.Filter.Match(topic) {
				continue
			}
			if queued++; f.queue == 0 || s.QoS == mqtt.AtMostOnce || queued <= f.queue {
				f.incoming <- f.retained[topic]
			}
		}
	}
	return codes, nil
}

func (f *fake) Unsubscribe(ctx context.Context, filters []string, _ mqtt.Properties) ([]mqtt.ReasonCode, error) {
	if f.deaf {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	f.unsubs = append(f.unsubs, strings.Join(filters, " "))
	return make([]mqtt.ReasonCode, len(filters)), nil
}

func (f *fake) PublishAsync(m mqtt.Message, done func(error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.pubErr != nil {
		err = f.pubErr(m.Topic)
	}
	f.sent = append(f.sent, m)
	if err == nil && m.Retain && len(m.Payload) == 0 {
		delete(f.retained, m.Topic)
	}
	if err == nil && !f.noEcho && f.handle != nil {
		echo := m
		echo.Retain = false
		for _, s := range f.subs {
			if s.Filter.Match(m.Topic) {
				f.incoming <- echo
				break
			}
		}
	}
	if f.acks == nil {
		f.acks = make(chan func(), 1<<17)
		f.reader.Go(f.acknowledge)
	}
	f.acks <- func() { done(err) }
	return nil
}

// acknowledge calls the callbacks of PublishAsync, one after the other.
func (f *fake) acknowledge() {
	for {
		select {
		case <-f.done:
			return
		case ack := <-f.acks:
			ack()
		}
	}
}

func (f *fake) Done() <-chan struct{} { return f.done }
func (f *fake) Err() error            { return f.err }

// close ends the client, as its user does when Run has returned.
func (f *fake) close() {
	close(f.done)
	f.reader.Wait()
}

func subscriptions(t *testing.T, filters ...string) []mqtt.Subscription {
	t.Helper()
	var subs []mqtt.Subscription
	for _, s := range filters {
		subs = append(subs, mqtt.Subscription{Filter: filter(t, s), QoS: mqtt.AtLeastOnce})
	}
	return subs
}

func filter(t *testing.T, s string) mqtt.Filter {
	t.Helper()
	f, err := mqtt.ParseFilter(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func live(topic, payload string) mqtt.Message {
	return mqtt.Message{Topic: topic, Payload: []byte(payload), QoS: mqtt.AtLeastOnce}
}

func retained(topic, payload string) mqtt.Message {
	m := live(topic, payload)
	m.Retain = true
	return m
}

var errSink = errors.Join(errors.New("write output"), os.ErrClosed)
