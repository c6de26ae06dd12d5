package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/broker/auth"
)

// passwdOptions are the flags and words of mqt passwd.
type passwdOptions struct {
	Create, Batch, Delete, HashPlain bool
	Scheme                           string
	Iterations                       int

	File, User, Password string
}

const passwdLong = `Add a user to a password file, change a password or remove a user, as
mosquitto_passwd does, whose files and letters it shares. The password is asked
for on a terminal, and otherwise read from standard input: its first line.

Schemes: argon2id (mosquitto 2.1 and later), sha512-pbkdf2 (also for mosquitto
2.0), sha512 (mosquitto before 1.6), scram-sha-256 (ours; also lets clients log
in without sending the password).`

const passwdExample = `  mqt passwd -c users alice                  make the file and its first user
  mqt passwd users bob < bob.secret
  mqt passwd -D users bob
  mqt passwd -H sha512-pbkdf2 users alice    for mosquitto 2.0
  mqt passwd -U users                        hash what is plain text`

func newPasswd(env *Env, run func(context.Context, *Env, *passwdOptions) error) *cobra.Command {
	o := &passwdOptions{}
	c := &cobra.Command{
		Use:     "passwd [flags] FILE USER",
		Short:   "edit a password file",
		Long:    passwdLong,
		Example: passwdExample,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.finish(args); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	addGroup(c, "Password file", o.bind)
	return c
}

func (o *passwdOptions) bind(f *pflag.FlagSet) {
	f.BoolVarP(&o.Create, "create", "c", false, "make the file, replacing one that exists")
	f.BoolVarP(&o.Batch, "batch", "b", false, "take the password from the command line, where others may see it")
	f.BoolVarP(&o.Delete, "delete", "D", false, "remove the user")
	f.BoolVarP(&o.HashPlain, "hash-plain", "U", false, "hash every password of the file that is plain text")
	f.VarP(oneOf{&o.Scheme, auth.Schemes()}, "scheme", "H", "store the password by this `scheme` (argon2id)")
	f.IntVarP(&o.Iterations, "iterations", "I", 0, "hash `n` times over; 0 is the scheme's default")
}

// finish checks the words against the flags.
func (o *passwdOptions) finish(args []string) error {
	want := []string{"FILE", "USER"}
	switch {
	case o.HashPlain && (o.Create || o.Batch || o.Delete):
		return usagef("passwd: -U stands alone: it takes only a file")
	case o.Delete && (o.Create || o.Batch):
		return usagef("passwd: -D cannot be used with -c or -b")
	case o.HashPlain:
		want = want[:1]
	case o.Batch:
		want = append(want, "PASSWORD")
	}
	if len(args) < len(want) {
		return usagef("passwd: no %s\nhint: mqt passwd [flags] FILE USER", want[len(args)])
	}
	if len(args) > len(want) {
		next := ""
		if !o.Batch && !o.Delete && len(args) == len(want)+1 {
			next = "a password on the command line needs -b"
		}
		return hint(usagef("passwd: too many words"), next) // not repeated: it may be a password
	}
	for i, at := range []*string{&o.File, &o.User, &o.Password} {
		if i < len(args) {
			*at = args[i]
		}
	}
	if o.HashPlain || o.Delete { // a file made by others may hold names we would not give
		return nil
	}
	if err := auth.CheckUser(o.User); err != nil {
		return usagef("passwd: %q: %w", o.User, err)
	}
	return nil
}

func runPasswd(ctx context.Context, env *Env, o *passwdOptions) error {
	f, err := o.open()
	if err != nil {
		return err
	}
	how := auth.HashOptions{Scheme: auth.Scheme(o.Scheme), Iterations: o.Iterations}
	switch {
	case o.HashPlain:
		n, err := f.HashPlain(how)
		if err != nil {
			return fmt.Errorf("passwd: %s: %w", o.File, err)
		}
		env.notef("%s hashed", count(n, "password"))
	case o.Delete:
		if !f.Delete(o.User) {
			return fmt.Errorf("passwd: %s has no user %q", o.File, o.User)
		}
	default:
		password, err := o.password(ctx, env)
		if err != nil {
			return fmt.Errorf("passwd: %w", err)
		}
		hash, err := auth.Hash(password, how)
		if err != nil {
			return usagef("passwd: -I: %w", err)
		}
		if err := f.Set(o.User, hash); err != nil {
			return fmt.Errorf("passwd: %w", err)
		}
	}
	if err := f.Write(o.File); err != nil {
		return fmt.Errorf("passwd: write %s: %w", o.File, err)
	}
	return nil
}

func (o *passwdOptions) open() (*auth.PasswordFile, error) {
	if o.Create {
		return &auth.PasswordFile{}, nil
	}
	f, err := auth.ReadPasswordFile(o.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hint(fmt.Errorf("passwd: %w", err), "-c makes a new file")
	}
	if err != nil {
		return nil, fmt.Errorf("passwd: %w", err)
	}
	return f, nil
}
