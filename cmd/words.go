package cmd

import "errors"

// splitWords splits a command into its words at spaces. Single and double
// quotes keep spaces in a word, and a word may be empty between them; nothing
// else has a meaning, because no shell will see it.
func splitWords(s string) ([]string, error) {
	var words []string
	var word []byte
	var quote byte
	started := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word = append(word, c)
		case c == '"' || c == '\'':
			quote, started = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if started {
				words = append(words, string(word))
			}
			word, started = word[:0], false
		default:
			word, started = append(word, c), true
		}
	}
	if started {
		words = append(words, string(word))
	}
	switch {
	case quote != 0:
		return nil, errors.New("has a quote that is not closed")
	case len(words) == 0:
		return nil, errors.New("is empty")
	}
	return words, nil
}
