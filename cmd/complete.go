package cmd

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// completes reports whether args are a shell's question how a line can go on.
func completes(args []string) bool {
	return len(args) > 1 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// prepareCompletion says how each flag and word of the commands is completed,
// and returns the arguments for cobra. It is not done when the program starts
// for anything else.
func prepareCompletion(env *Env, root *cobra.Command, args []string) []string {
	offerWords(env, root)
	return append(args[:1:1], completionWords(root, args[1:])...)
}

// offerWords goes by what the help texts call a value: it follows from the
// tables of the flags.
func offerWords(env *Env, c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		name, usage := pflag.UnquoteUsage(f)
		f.Usage = usage // a description is without back-quotes
		if f.Name == "profile" {
			_ = c.RegisterFlagCompletionFunc(f.Name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return offerProfiles(env)
			})
		}
		if _, has := c.GetFlagCompletionFunc(f.Name); !has && f.NoOptDefVal == "" {
			_ = c.RegisterFlagCompletionFunc(f.Name, valueCompletion(f, name)) // the flag exists and has none
		}
	})
	if c.ValidArgsFunction == nil && len(c.ValidArgs) == 0 {
		c.ValidArgsFunction = completeArgument
	}
	for _, child := range c.Commands() {
		offerWords(env, child)
	}
}

// offerProfiles returns the names of the profiles. A file that cannot be read
// has none.
func offerProfiles(env *Env) ([]string, cobra.ShellCompDirective) {
	var names []string
	if info, err := os.Stat(profileFile(env)); err == nil && info.Mode().IsRegular() {
		if _, _, all, err := readProfiles(env); err == nil {
			names = all.Names()
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// valueCompletion returns how the value of a flag is completed. name is what
// its help text calls the value.
func valueCompletion(f *pflag.Flag, name string) cobra.CompletionFunc {
	if p, ok := f.Value.(*properties); ok {
		return p.complete
	}
	if words := flagWords(f); len(words) > 0 {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder)
	}
	switch {
	case name == "file" || f.Name == "unix":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	case name == "directory":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	case name == "URL":
		return cobra.FixedCompletions(flagSchemes(f.Name), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)
	}
	return cobra.NoFileCompletions
}

// flagWords returns the words that a flag takes, nil when it takes others too.
func flagWords(f *pflag.Flag) []string {
	switch v := f.Value.(type) {
	case oneOf:
		return v.words
	case *qos:
		return []string{"0", "1", "2"}
	case *version:
		return []string{"auto", "5", "311", "31"}
	case benchVersion:
		return []string{"5", "4", "3"}
	case *keyFlag:
		return keyWords(v.key)
	}
	return nil
}

// keyWords returns the words that keys of the broker's configuration take.
func keyWords(key string) []string {
	switch key {
	case "log.level":
		return []string{"none", "error", "warn", "info", "debug"}
	case "log.format":
		return []string{"text", "json"}
	case "tls.min_version":
		return []string{"1.2", "1.3"}
	case "persistence.sync":
		return []string{"always", "os", "interval=100ms"}
	}
	return nil
}

func flagSchemes(flag string) []string {
	var schemes []string
	switch flag {
	case "url":
		schemes = transport.Schemes()
	case "listen":
		schemes = append(transport.Schemes(), "http", "https", "any")
	case "proxy":
		schemes = []string{"socks5h", "socks5"}
	case "auth-url":
		schemes = []string{"http", "https"}
	}
	for i := range schemes {
		schemes[i] += "://"
	}
	return schemes
}

// completeArgument goes by the usage line: FILE and DIR are what they say,
// other words cannot be known.
func completeArgument(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for _, w := range strings.Fields(c.Use)[1:] {
		if w != "[flags]" {
			words = append(words, w)
		}
	}
	if len(args) < len(words) {
		switch words[len(args)] {
		case "FILE":
			return nil, cobra.ShellCompDirectiveDefault
		case "DIR":
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// complete offers the words after -D, of which typed are those so far.
func (p *properties) complete(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp
	words := strings.Split(typed, separator)
	packet := strings.ToLower(words[0])
	switch len(words) {
	case 1:
		return p.packets, directive
	case 2:
		var names []string
		for _, id := range packetProperties(packet) {
			names = append(names, id.String())
		}
		return names, directive
	}
	if id, ok := mqtt.PropertyByName(strings.ToLower(words[1])); ok && len(words) == 3 && id.Type() == mqtt.TypeByte {
		return []string{"0", "1"}, directive
	}
	return nil, directive
}

// completionWords prepares a line that is not finished, as gatherProperties
// does a finished one: the words of a -D that is being typed become one, those
// of others are left out, since nothing that can follow depends on them.
func completionWords(root *cobra.Command, words []string) []string {
	last := len(words) - 1
	c, _, err := root.Find(words[:last])
	if err != nil || c.Flags().Lookup("property") == nil {
		return words
	}
	var out []string
	for i := 0; i < last; i++ {
		flag, inline := valueFlag(c.Flags(), words[i])
		switch {
		case words[i] == "--":
			return append(out, words[i:]...)
		case flag != nil && flag.Name == "property" && !inline:
			value := words[i+1:]
			n := 1 + propertyWords(value[1:])
			if len(value) <= n {
				return append(out, words[i], strings.Join(value, separator))
			}
			i += n
		case flag != nil && !inline && i+1 < last:
			out = append(out, words[i], words[i+1])
			i++
		default:
			out = append(out, words[i])
		}
	}
	return append(out, words[last])
}
