package pub

import (
	"errors"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

func TestChange(t *testing.T) {
	t.Parallel()
	bad := errors.New("is bad")
	var got []string
	var failed error
	src := Change(Lines(mqtt.Message{}, strings.NewReader("a\nb\nbad\nc\n")), func(m *mqtt.Message) error {
		if string(m.Payload) == "bad" {
			return bad
		}
		m.Topic, m.Payload = "t/"+string(m.Payload), nil
		return nil
	})
	for m, err := range src {
		if failed = err; err == nil {
			got = append(got, m.Topic)
		}
	}
	if !equal(got, []string{"t/a", "t/b"}) || !errors.Is(failed, bad) || failed.Error() != "message 3: is bad" {
		t.Errorf("Change = %q, %v, want [t/a t/b], message 3: is bad", got, failed)
	}
}
