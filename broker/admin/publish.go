package admin

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"mqt/internal/record"
)

// maxBody is the largest request body, in bytes.
const maxBody = 4 << 20

// publish routes a message in the format of package record. Its time, dup and
// mid mean nothing here, so that a line of "mqt sub -o ndjson" can be sent as
// it is.
func (a *api) publish(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseQuery(r); err != nil {
		return err
	}
	body, err := readJSON(w, r)
	if err != nil {
		return err
	}
	const hint = "see Message in /api/v1/openapi.json for what a message looks like"
	m, err := record.Parse(body)
	if err != nil {
		return invalid("the message: "+err.Error(), hint)
	}
	if err := a.Server.Publish(m); err != nil {
		return invalid(err.Error(), hint)
	}
	a.changed(r, "message published over http", "topic", m.Topic, "qos", int(m.QoS), "retain", m.Retain, "bytes", len(m.Payload))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readJSON returns the body of a request that says that it is JSON. A form of a
// web page cannot say so, and a script is only allowed to after asking.
func readJSON(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return nil, &problem{Status: http.StatusUnsupportedMediaType, Detail: "the body is not said to be JSON",
			Hint: "add the header Content-Type: application/json"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &problem{Status: http.StatusRequestEntityTooLarge, Detail: text(fmt.Sprintf("the body is larger than %d bytes", maxBody)),
			Hint: "publish large messages with an MQTT client"}
	case err != nil:
		return nil, invalid("the body ended early", "send as many bytes as Content-Length says")
	}
	return body, nil
}
