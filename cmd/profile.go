package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mqt/internal/profile"
	"mqt/internal/transport"
)

const profileLong = `Keep brokers and how to connect to them under names. They are in config.toml
in the directory mqt of $XDG_CONFIG_HOME (default ~/.config):

  default = "office"

  [profiles.office]
  url = "mqtts://broker.example.com"
  username = "alice"
  password_command = "pass show mqtt/office"
  cafile = "office-ca.pem"

Every connection flag has a key, with _ for -; paths count from the directory
of the file. The default profile is used when no broker is named.`

const profileExample = `  mqt profile add office -L mqtts://example.com --password-command 'pass mqtt'
  mqt profile use office
  mqt sub -t '#' --profile office`

func newProfile(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:     "profile",
		Short:   "keep brokers and how to connect to them under names",
		Long:    profileLong,
		Example: profileExample,
		Args:    cobra.ArbitraryArgs,
		RunE:    runGroup,
	}
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "list the profiles; * marks the default", Example: "  mqt profile list", Args: noArgs,
			RunE: func(*cobra.Command, []string) error { return listProfiles(env) }},
		newProfileAdd(env, runProfileAdd),
		profileCommand(env, "remove NAME", "remove a profile", profile.Remove),
		profileCommand(env, "use NAME", "make a profile the default", profile.Use),
	)
	return c
}

// profileCommand returns a command whose only word is the name of a profile.
func profileCommand(env *Env, use, short string, edit func([]byte, string) ([]byte, error)) *cobra.Command {
	return &cobra.Command{
		Use:     use,
		Short:   short,
		Example: "  mqt profile " + strings.Replace(use, "NAME", "office", 1),
		Args:    profileName,
		RunE:    func(_ *cobra.Command, args []string) error { return editProfile(env, args[0], edit) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return offerProfiles(env)
		},
	}
}

func profileName(c *cobra.Command, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return usagef("profile %s: name one profile\nhint: mqt profile list shows those there are", c.Name())
	}
	return nil
}

// readProfiles returns the name and the text of the file of profiles, which is
// empty when there is none yet, and what it says.
func readProfiles(env *Env) (file string, data []byte, all profile.File, err error) {
	if file = profileFile(env); file == "" {
		return "", nil, all, hint(errors.New("profile: there is no place for profiles"), "set XDG_CONFIG_HOME or HOME")
	}
	data, err = os.ReadFile(file)
	if err == nil {
		all, err = profile.Parse(file, data)
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return "", nil, all, hint(fmt.Errorf("profile: %w", err), "correct the file")
	}
	return file, data, all, nil
}

func listProfiles(env *Env) error {
	file, _, all, err := readProfiles(env)
	if err != nil {
		return err
	}
	if len(all.Profiles) == 0 {
		env.notef("no profiles in %s", file)
		return nil
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  NAME\tBROKER\tUSER")
	for _, p := range all.Profiles {
		mark := " "
		if p.Name == all.Default {
			mark = "*"
		}
		user, _ := p.Get("username")
		fmt.Fprintf(w, "%s %s\t%s\t%s\n", mark, escape(p.Name), escape(profileBroker(p)), escape(user))
	}
	return w.Flush()
}

// profileBroker returns which broker a profile is for, without secrets.
func profileBroker(p profile.Profile) string {
	if u, ok := p.Get("url"); ok {
		return transport.Redact(u)
	}
	if path, ok := p.Get("unix"); ok {
		return path
	}
	host, ok := p.Get("host")
	if !ok {
		host = "localhost"
	}
	if port, ok := p.Get("port"); ok && port != "0" { // else the host is a path
		host += ":" + port
	}
	return host
}

func editProfile(env *Env, name string, edit func([]byte, string) ([]byte, error)) error {
	file, data, all, err := readProfiles(env)
	if err != nil {
		return err
	}
	if _, ok := all.Find(name); !ok {
		return noProfile(file, all, name)
	}
	changed, err := edit(data, name)
	return writeProfiles(file, changed, err)
}

// profileAddOptions are the name and the settings of a new profile.
type profileAddOptions struct {
	Conn     connOptions
	Name     string
	Settings []profile.Setting
}

func newProfileAdd(env *Env, run func(context.Context, *Env, *profileAddOptions) error) *cobra.Command {
	o := &profileAddOptions{}
	c := &cobra.Command{
		Use:         "add NAME [flags]",
		Short:       "add a profile made of the flags",
		Long:        "Add a profile that says what the flags say.",
		Example:     profileExample[:strings.IndexByte(profileExample, '\n')],
		Args:        profileName,
		Annotations: map[string]string{unsettled: ""},
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.finish(c, args[0]); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	o.Conn.bind(c, "publish", "subscribe", "unsubscribe")
	for _, name := range ofTheMoment {
		c.Flags().Lookup(name).Hidden = true
	}
	return c
}

func runProfileAdd(_ context.Context, env *Env, o *profileAddOptions) error {
	file, data, all, err := readProfiles(env)
	if err != nil {
		return err
	}
	if _, ok := all.Find(o.Name); ok {
		return hint(fmt.Errorf("profile add: there is a profile %q already", o.Name), fmt.Sprintf("edit %s, or remove the profile first", file))
	}
	changed, err := profile.Add(data, profile.Profile{Name: o.Name, Settings: o.Settings})
	if err := writeProfiles(file, changed, err); err != nil {
		return err
	}
	if all.Default == "" {
		word := o.Name
		if strings.ContainsAny(word, " '\"\\$") {
			word = strconv.Quote(word)
		}
		env.notef("mqt profile use %s makes it the default", word)
	}
	return nil
}
