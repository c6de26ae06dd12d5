package cmd

import (
	"github.com/spf13/pflag"

	"mqt/internal/transport"
)

// asked reports whether to tell where the connection's settings come from.
func (s *settings) asked() bool {
	for _, name := range []string{"verbose", "debug"} {
		if f := s.flags.Lookup(name); f != nil && settingKey(f) != "" && f.Value.String() == "true" {
			return true
		}
	}
	return false
}

// show tells on standard error where the connection's settings come from.
func (s *settings) show() {
	s.flags.VisitAll(func(f *pflag.Flag) {
		if settingKey(f) == "" || !f.Changed {
			return
		}
		by := setElsewhere(f)
		if by == "" {
			by = "command line"
		}
		s.env.notef("%s = %s (%s)", f.Name, publicValue(f), by)
	})
	if s.used == "" {
		s.env.notef("no profile is used")
	}
	s.env.notef("all other connection settings have their defaults")
}

// publicValue returns a flag's value for people's eyes: never a secret.
func publicValue(f *pflag.Flag) string {
	text := f.Value.String()
	switch f.Name {
	case "pw", "password-command", "property", "ws-header", "will-payload":
		return "…"
	case "url", "proxy":
		return transport.Redact(text)
	}
	return text
}
