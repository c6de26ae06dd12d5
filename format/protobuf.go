package format

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"mqt/internal/mqtt"
	"mqt/internal/protobuf"
)

// newProtobuf reads o.ProtoFile, which may import what stands beside it or in
// the working directory, and decodes o.Message into the JSON that Protocol
// Buffers define: 64-bit integers are strings there.
func newProtobuf(o DecodeOptions) (decodeFunc, error) {
	if o.ProtoFile == "" {
		return nil, errors.New("protobuf needs the file that describes the message")
	}
	dir, name := filepath.Split(o.ProtoFile)
	return loadProtobuf(name, o.Message, func(name string) ([]byte, error) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			if beside, err := os.ReadFile(filepath.Clean(name)); err == nil {
				return beside, nil
			}
		}
		return text, err
	})
}

func loadProtobuf(file, message string, open func(string) ([]byte, error)) (decodeFunc, error) {
	s, err := protobuf.Load(file, open)
	if err != nil {
		return nil, err
	}
	desc, err := s.Message(message)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, m mqtt.Message) ([]byte, bool) {
		text, known, err := s.AppendJSON(dst, desc, m.Payload, maxNesting/3)
		return text, err == nil && known && validJSON(text)
	}, nil
}
