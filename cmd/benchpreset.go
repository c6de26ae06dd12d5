package cmd

import (
	"strconv"

	"github.com/spf13/pflag"

	"mqt/bench/preset"
)

// applyPreset sets the flags that the command line leaves alone to what the
// preset says.
func (o *benchOptions) applyPreset(f *pflag.FlagSet) error {
	if o.Goal.Preset == "" {
		return nil
	}
	p, err := preset.Lookup(o.Goal.Preset)
	if err != nil {
		return usagef("bench: %w", err)
	}
	if p.Scenario != o.Scenario.name {
		return usagef("bench: the preset %s is one of mqt bench %s, not of mqt bench %s", p.Name, p.Scenario, o.Scenario.name)
	}
	if p, err = p.Scale(o.Goal.Scale); err != nil {
		return usagef("bench: --scale: %w", err)
	}
	o.Goal.Preset = p.Name
	given := map[string]bool{}
	f.Visit(func(flag *pflag.Flag) {
		if !flag.Changed {
			return // forgotten
		}
		given[flag.Name] = true
		given[insteadOf(flag.Name)] = true
	})
	for _, s := range presetFlags(p) {
		if given[s.name] {
			continue
		}
		if err := f.Set(s.name, s.value); err != nil {
			return usagef("bench: the preset %s: --%s: %w", p.Name, s.name, err)
		}
		annotate(f.Lookup(s.name), setBy, "preset "+p.Name)
	}
	return nil
}

// insteadOf returns the flag of presets that a flag says the same as in
// another way.
func insteadOf(flag string) string {
	switch flag {
	case "interval":
		return "connrate"
	case "stages":
		return "rate"
	case "message":
		return "size"
	case "count":
		return "duration"
	}
	return flag
}

// flagValue is a flag and a value of it.
type flagValue struct{ name, value string }

// presetFlags returns what p says in flags.
func presetFlags(p preset.Preset) []flagValue {
	all := []flagValue{
		{"protocol-version", p.Version},
		{"connrate", strconv.FormatFloat(p.ConnectRate, 'f', -1, 64)},
		{"keepalive", strconv.Itoa(int(p.KeepAlive.Seconds()))},
		{"duration", p.Duration.String()},
	}
	if p.Scenario == "conn" {
		return append(all, flagValue{"clients", strconv.Itoa(p.Idle)})
	}
	all = append(all,
		flagValue{"publishers", strconv.Itoa(p.Publishers)},
		flagValue{"subscribers", strconv.Itoa(p.Subscribers)},
		flagValue{"idle", strconv.Itoa(p.Idle)},
		flagValue{"rate", strconv.FormatFloat(p.Rate, 'f', -1, 64)},
		flagValue{"qos", strconv.Itoa(p.QoS)},
		flagValue{"size", strconv.Itoa(p.Size)},
	)
	if p.Topic != "" {
		all = append(all, flagValue{"topic", p.Topic})
	}
	for _, filter := range p.Filters {
		all = append(all, flagValue{"filter", filter})
	}
	return all
}
