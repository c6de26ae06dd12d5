package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/compat/conf"
	"mqt/internal/daemon"
	"mqt/internal/transport"
)

// serveOptions are the flags of mqt serve.
type serveOptions struct {
	File        string // -c
	Strict      bool
	PrintConfig bool
	CheckConfig bool
	Salvage     bool
	Verbose     int
	Listen      []string
	Port        int

	config   keyFlags // keys of conf.Config
	listener keyFlags // keys of conf.Listener, for those of Listen
	hasPort  bool
}

const serveExample = `  mqt serve                                  on 127.0.0.1, port 1883
  mqt serve -p 1884 -v
  mqt serve --tls-dev                        with certificates for development
  mqt serve --listen mqtt://0.0.0.0:1883 --password-file users --acl-file rights
  mqt serve --lan                            for the network, with a password
  mqt serve --data /var/lib/mqt              a crash loses nothing acknowledged
  mqt serve -c /etc/mosquitto/mosquitto.conf
  mqt serve --listen mqtt://127.0.0.1:0 --ready-file broker.url`

func newServe(env *Env, run func(context.Context, *Env, *serveOptions) error) *cobra.Command {
	o := &serveOptions{}
	c := &cobra.Command{
		Use:   "serve [flags]",
		Short: "run a broker on this machine",
		Long: "Run a broker. It speaks MQTT 3.1, 3.1.1 and 5.0, over TCP, TLS, WebSocket and Unix\n" +
			"sockets, listens on the loopback address unless told otherwise, and then asks nobody\n" +
			"for a password. It keeps everything in memory unless --data names a directory.",
		Example: serveExample,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.finish(c.Flags()); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	addGroup(c, "Listeners", o.bindListeners)
	addGroup(c, "TLS, for the listeners of --listen", o.bindTLS)
	addGroup(c, "Who may connect", o.bindAuth)
	addGroup(c, "Durability", o.bindStore)
	addGroup(c, "Configuration and log", o.bindConfig)
	addGroup(c, "Limits (0 is the default, -1 is no limit)", o.bindLimits)
	return c
}

// finish checks what the flags say together.
func (o *serveOptions) finish(f *pflag.FlagSet) error {
	o.hasPort = f.Changed("port")
	switch {
	case o.hasPort && len(o.Listen) > 0:
		return usagef("serve: -p and --listen cannot be used together")
	case o.hasPort && (o.Port < 0 || o.Port > 65535):
		return usagef("serve: -p %d: a port is a number from 0 to 65535", o.Port)
	case f.Changed("cert") != f.Changed("key"):
		return usagef("serve: --cert and --key belong together: one of them is missing")
	case o.PrintConfig && o.CheckConfig:
		return usagef("serve: --print-config and --check-config cannot be used together")
	case o.Strict && o.File == "":
		return usagef("serve: --strict needs -c FILE")
	}
	for name, other := range map[string]string{"sync": "data", "salvage": "data", "jwt-issuer": "jwt-key", "jwt-audience": "jwt-key", "auth-timeout": "auth-url"} {
		if f.Changed(name) && !f.Changed(other) && o.File == "" {
			return usagef("serve: --%s needs --%s", name, other)
		}
	}
	return nil
}

func runServe(ctx context.Context, env *Env, o *serveOptions) error {
	sockets, err := transport.Activated()
	if err != nil {
		return err
	}
	plan, err := o.plan(env, sockets)
	if err != nil {
		return err
	}
	switch {
	case o.PrintConfig:
		text, err := plan.config.TOML()
		if err != nil {
			return err
		}
		_, err = env.Stdout.Write(text)
		return err
	case o.CheckConfig:
		_, err := fmt.Fprintln(env.Stdout, "the configuration is good")
		return err
	}
	spareProcessors(env)
	hup := env.Hangup
	if hup == nil {
		signals, stop := hangups()
		defer stop()
		hup = signals
	}
	a := announcer{env: env, readyFile: plan.config.ReadyFile, remove: func() {}}
	err = daemon.Run(ctx, plan.config, daemon.Options{
		Stdout: env.Stdout, Stderr: env.Stderr, Version: currentVersion().Version, Salvage: o.Salvage,
		DevDir: devDir(env, &plan.config), Sockets: plan.sockets, Hangup: hup, Ready: a.announce,
	})
	a.remove()
	return err
}

// devDir returns where certificates for development are kept: with the
// broker's data, or with the user's settings.
func devDir(env *Env, c *conf.Config) string {
	if c.Persistence.Location != "" {
		return filepath.Join(c.Persistence.Location, "tls")
	}
	dir := env.Getenv("XDG_CONFIG_HOME")
	if dir == "" {
		dir, _ = os.UserConfigDir() // empty: the present directory
	}
	return filepath.Join(dir, "mqt", "tls")
}

// spareProcessors lets more goroutines run than there are processors: an event
// loop that comes back from waiting then finds a place at once, where it would
// otherwise be handed one by another thread.
func spareProcessors(env *Env) {
	if env.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.NumCPU() + 2)
	}
}
