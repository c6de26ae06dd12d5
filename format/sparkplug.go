package format

import (
	_ "embed" // the schema
	"strings"

	"mqt/internal/mqtt"
)

//go:embed sparkplug.proto
var sparkplugSchema string

// newSparkplug decodes the payloads of Sparkplug B. Those of the STATE topics
// are JSON already, or text before version 3.0.
func newSparkplug(DecodeOptions) (decodeFunc, error) {
	payload, err := loadProtobuf("sparkplug.proto", "Payload", func(string) ([]byte, error) { return []byte(sparkplugSchema), nil })
	if err != nil {
		return nil, err
	}
	return func(dst []byte, m mqtt.Message) ([]byte, bool) {
		if strings.HasPrefix(m.Topic, "STATE/") || strings.HasPrefix(m.Topic, sparkplugTopic+"STATE/") {
			return decodeUTF8(dst, m)
		}
		return payload(dst, m)
	}, nil
}

// sparkplugTopic begins the topics of Sparkplug B.
const sparkplugTopic = "spBv1.0/"
