package cmd

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
	"mqt/internal/profile"
)

// ofTheMoment are the connection flags that are not kept in a profile by
// profile add.
var ofTheMoment = []string{"profile", "verbose", "debug", "quiet"}

// finish turns the flags into settings.
func (o *profileAddOptions) finish(c *cobra.Command, name string) error {
	if err := o.Conn.finish(c); err != nil {
		return fmt.Errorf("profile add: %w", err)
	}
	o.Name = name
	if u, err := url.Parse(o.Conn.URL); err == nil && u.User != nil {
		if _, ok := u.User.Password(); ok {
			return secretError("-L", "a password in it")
		}
	}
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		key := settingKey(f)
		switch {
		case err != nil || key == "":
		case slices.Contains(ofTheMoment, f.Name):
			err = usagef("profile add: %s is not kept in a profile", flagName(f))
		case f.Name == "pw":
			err = secretError("-P", "a password")
		case f.Name == "port" && o.Conn.Port == 0: // -h is the path of a socket
		case f.Name == "host" && o.Conn.Unix != "":
			err = o.add(c.Flags().Lookup("unix"))
		default:
			err = o.add(f)
		}
	})
	return err
}

// add makes a flag a setting.
func (o *profileAddOptions) add(f *pflag.Flag) error {
	values, err := o.values(f)
	o.Settings = append(o.Settings, profile.Setting{Key: settingKey(f), Values: values})
	return err
}

func secretError(flag, what string) error {
	return usagef("profile add: %s: %s would stand in the file for all to read\nhint: use --password-command CMD or --password-file FILE", flag, what)
}

// values returns what a flag was set to, paths from the root.
func (o *profileAddOptions) values(f *pflag.Flag) ([]string, error) {
	if p, ok := f.Value.(*properties); ok {
		return p.texts()
	}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice(), nil
	}
	text := f.Value.String()
	if isPath(f.Name) {
		abs, err := filepath.Abs(text)
		if err != nil {
			return nil, fmt.Errorf("profile add: --%s: %w", f.Name, err)
		}
		text = abs
	}
	return []string{text}, nil
}

// texts returns each property as one text that splitProperty takes apart.
func (p *properties) texts() ([]string, error) {
	var all []string
	for _, packet := range p.packets {
		for _, prop := range *p.list(packet) {
			text := packet + " " + prop.ID.String() + " "
			switch prop.ID.Type() {
			case mqtt.TypePair:
				if strings.Contains(prop.Key, " ") {
					return nil, usagef("profile add: -D: the key %q has a space, which cannot be kept", prop.Key)
				}
				text += prop.Key + " " + prop.Value
			case mqtt.TypeString, mqtt.TypeBinary:
				text += prop.Value
			default:
				text += strconv.FormatUint(uint64(prop.Int), 10)
			}
			all = append(all, text)
		}
	}
	return all, nil
}

// writeProfiles replaces the file, unless err says that it could not be edited.
// A new one is for its owner only, for it may come to hold secrets.
func writeProfiles(file string, data []byte, err error) error {
	if errors.Is(err, profile.ErrByHand) {
		return hint(fmt.Errorf("profile: %s %w", file, err), "open it in an editor")
	}
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	mode := os.FileMode(0o600)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
		if linked, err := filepath.EvalSymlinks(file); err == nil {
			file = linked // the link stays
		}
	} else if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	err = replaceWith(file, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}
