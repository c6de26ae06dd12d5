package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/record"
)

// maxPageBytes is how many bytes of payload an answer may hold; the message
// that goes beyond is the last one.
const maxPageBytes = 4 << 20

func (a *api) listRetained(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r, "filter", "limit", "after")
	if err != nil {
		return err
	}
	limit, err := pageLimit.in(q)
	if err != nil {
		return err
	}
	filter := "#"
	if q.Has("filter") {
		filter = q.Get("filter")
	}
	f, err := mqtt.ParseFilter(filter)
	if err == nil && f.ShareGroup() != "" {
		err = fmt.Errorf("is shared")
	}
	if err != nil {
		return invalid(fmt.Sprintf("filter %q %v", filter, err), "use a topic filter such as sensors/+/temperature or sensors/%23, which is sensors/#")
	}
	list, next := page(a.Server.Retained(f), limit, q.Get("after"), func(m mqtt.Message) string { return m.Topic })
	if n := fitting(list); n < len(list) {
		list, next = list[:n], list[n-1].Topic
	}
	out := struct {
		Messages []json.RawMessage `json:"messages"`
		Next     text              `json:"next,omitempty"`
	}{make([]json.RawMessage, 0, len(list)), text(next)}
	for _, m := range list {
		out.Messages = append(out.Messages, encode(m))
	}
	return a.reply(w, r, out)
}

// fitting returns how many of the messages go into one answer.
func fitting(list []mqtt.Message) int {
	bytes := 0
	for i := range list {
		if bytes += len(list[i].Payload); bytes >= maxPageBytes {
			return i + 1
		}
	}
	return len(list)
}

// encode returns a retained message as JSON. When it arrived is not known.
func encode(m mqtt.Message) json.RawMessage {
	m.Received = time.Time{}
	return record.Append(nil, m)
}

// retainedMessage returns the message of the topic that the request names.
func (a *api) retainedMessage(r *http.Request) (mqtt.Message, error) {
	q, err := parseQuery(r, "topic")
	if err != nil {
		return mqtt.Message{}, err
	}
	topic := q.Get("topic")
	f, err := mqtt.ParseFilter(topic)
	if err == nil {
		err = mqtt.CheckTopic(topic)
	}
	if err == nil && f.ShareGroup() != "" {
		err = fmt.Errorf("looks like a shared subscription")
	}
	if err != nil {
		return mqtt.Message{}, invalid(fmt.Sprintf("topic %q %v", topic, err), "add ?topic= with a topic name without wildcards")
	}
	list := a.Server.Retained(f)
	if len(list) == 0 {
		return mqtt.Message{}, &problem{Status: http.StatusNotFound, Detail: text("nothing is retained at " + topic),
			Hint: "see /api/v1/retained for what is"}
	}
	return list[0], nil
}

func (a *api) showRetained(w http.ResponseWriter, r *http.Request) error {
	m, err := a.retainedMessage(r)
	if err != nil {
		return err
	}
	return a.reply(w, r, encode(m))
}

// deleteRetained removes a retained message as a client does: by publishing an
// empty one, which subscribers see. [MQTT-3.3.1-6]
func (a *api) deleteRetained(w http.ResponseWriter, r *http.Request) error {
	m, err := a.retainedMessage(r)
	if err != nil {
		return err
	}
	if err := a.Server.Publish(mqtt.Message{Topic: m.Topic, Retain: true}); err != nil {
		return &problem{Status: http.StatusForbidden, Detail: text(err.Error()), Hint: "leave it: the server publishes it again"}
	}
	a.changed(r, "retained message removed over http", "topic", m.Topic)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
