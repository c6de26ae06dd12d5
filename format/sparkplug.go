package format

import (
	_ "embed" // the schema
	"strings"

	"github.com/bufbuild/protocompile"

	"mqt/internal/mqtt"
)

//go:embed sparkplug.proto
var sparkplugSchema string

// newSparkplug decodes the payloads of Sparkplug B, and gives metrics that are
// known by an alias their names. The payloads of the STATE topics are JSON
// already, or text before version 3.0.
func newSparkplug(DecodeOptions) (decodeFunc, error) { return newSparkplugWith(&aliases{}) }

func newSparkplugWith(a *aliases) (decodeFunc, error) {
	const file = "sparkplug.proto"
	r := &protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(map[string]string{file: sparkplugSchema})}
	payload, err := compileProtobuf(r, file, "Payload", a.apply)
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
