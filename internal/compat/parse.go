package compat

import (
	"maps"
	"os"
	"slices"
	"strings"
)

// Environment is what [Parse] needs besides the words. Both must be set.
type Environment struct {
	// Getenv looks up an environment variable, empty when it is not set.
	Getenv func(string) string
	// CheckFormat says what is wrong with the value of -F, in mosquitto's words.
	CheckFormat func(string) error
}

// parser is a [Parse] under way.
type parser struct {
	program Program
	options map[string]*option // by name
	o       *Options
	expiry  int64 // -x; -1: not given
	keep    bool  // --retain-handling was given
	words   []string

	checkFormat func(string) error
}

// Parse reads the words after the program's name, and before them the
// configuration file: the one -o names, else $XDG_CONFIG_HOME/mosquitto_pub,
// else $HOME/.config/mosquitto_pub (and so for the others). A file that is
// not there is none. The error is ErrHelp, ErrVersion or a *UsageError, the
// first there is, from left to right.
func Parse(program Program, args []string, env Environment) (*Options, error) {
	p := &parser{program: program, options: optionsOf(program), o: defaults(program), expiry: -1, checkFormat: env.CheckFormat}
	name, err := optionsFile(args)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = defaultFile(program, env.Getenv)
	}
	if err := p.file(name); err != nil {
		return nil, err
	}
	if err := p.scan(args); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return p.o, nil
}

// optionsFile finds -o anywhere, even where it is another option's value.
func optionsFile(args []string) (string, error) {
	i := slices.Index(args, "-o")
	switch {
	case i < 0:
		return "", nil
	case i == len(args)-1:
		return "", mistakeGap("-o argument given but no options file specified.")
	case slices.Contains(args[i+2:], "-o"):
		return "", mistakeGap("Duplicate -o argument given.")
	}
	return args[i+1], nil
}

// file reads the options of a configuration file, one a line.
func (p *parser) file(name string) error {
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil // mosquitto's programs go on in silence, too
	}
	for line := range configLines(string(text)) {
		if err := p.scan(line); err != nil {
			return err
		}
	}
	return nil
}

// scan reads options from left to right.
func (p *parser) scan(words []string) error {
	for p.words = words; len(p.words) > 0; {
		word := p.take()
		f := p.options[word]
		if f == nil {
			return mistake("Unknown option '%s'.", word)
		}
		value := ""
		if f.before != nil {
			if err := f.before(p); err != nil {
				return err
			}
		}
		if f.lacks != "" {
			if len(p.words) == 0 {
				return mistakeGap("%s", f.lacks)
			}
			value = p.take()
		}
		if err := f.set(p, value); err != nil {
			return err
		}
	}
	return nil
}

// take returns the next word; there is one.
func (p *parser) take() string {
	word := p.words[0]
	p.words = p.words[1:]
	return word
}

// Names returns the names of the options that the program has, sorted.
func Names(program Program) []string {
	return slices.Sorted(maps.Keys(optionsOf(program)))
}

// optionsOf returns what the program knows, by each of its names.
func optionsOf(program Program) map[string]*option {
	known := make(map[string]*option, 128)
	for _, table := range [...][]option{connectionOptions(), securityOptions(), pubOptions(), subOptions(), rrOptions()} {
		for i := range table {
			if f := &table[i]; f.of&program != 0 {
				for name := range strings.FieldsSeq(f.names) {
					known[name] = f
				}
			}
		}
	}
	return known
}
