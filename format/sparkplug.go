package format

import (
	_ "embed" // the schema
	"strings"

	"mqt/internal/mqtt"
)

//go:embed sparkplug.proto
var sparkplugSchema string

// newSparkplug decodes the payloads of Sparkplug B, and gives metrics that are
// known by an alias their names. The payloads of the STATE topics are JSON
// already, or text before version 3.0.
func newSparkplug(DecodeOptions) (decodeFunc, error) { return newSparkplugWith(&aliases{}) }

func newSparkplugWith(a *aliases) (decodeFunc, error) {
	payload, err := loadProtobuf("sparkplug.proto", "Payload", func(string) ([]byte, error) { return []byte(sparkplugSchema), nil })
	if err != nil {
		return nil, err
	}
	return func(dst []byte, m mqtt.Message) ([]byte, bool) {
		if strings.HasPrefix(m.Topic, "STATE/") || strings.HasPrefix(m.Topic, sparkplugTopic+"STATE/") {
			return decodeUTF8(dst, m)
		}
		text, ok := payload(dst, m)
		if !ok {
			return text, false
		}
		if m.Payload = a.apply(m); m.Payload == nil {
			return text, true
		}
		return payload(dst, m)
	}, nil
}

// sparkplugTopic begins the topics of Sparkplug B.
const sparkplugTopic = "spBv1.0/"
