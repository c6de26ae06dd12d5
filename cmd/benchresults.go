package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"mqt/bench/result"
)

const writeResults = "mqt bench writes results with -o json:FILE"

// readResults reads the results of a file: one, or several that follow each
// other, as --repeat writes them.
func readResults(name string) ([]*result.Result, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, hint(err, writeResults)
	}
	defer f.Close()
	var all []*result.Result
	documents := json.NewDecoder(f)
	for {
		var document json.RawMessage
		err := documents.Decode(&document)
		if errors.Is(err, io.EOF) && len(all) > 0 {
			return all, nil
		}
		if err != nil {
			return nil, hint(fmt.Errorf("%s is no result of mqt bench: %w", name, early(err)), writeResults)
		}
		r, err := result.Read(bytes.NewReader(document))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, r)
	}
}

// early words the end of a file that ends too early.
func early(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends in the middle")
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	}
	return err
}
