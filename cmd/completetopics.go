package cmd

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mqt/completions"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// offerTopics lets the values of flags of c be completed with topics of the
// broker that the line names; without flags, the words of c.
func (o *connOptions) offerTopics(c *cobra.Command, env *Env, flags ...string) {
	complete := func(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		wild := c.Name() != "pub"
		next := completions.Next(o.liveTopics(c, env, completions.Filter(typed)), typed, wild)
		directive := cobra.ShellCompDirectiveNoFileComp
		for _, candidate := range next {
			if strings.HasSuffix(candidate, "/") {
				directive |= cobra.ShellCompDirectiveNoSpace
			}
		}
		return next, directive
	}
	if len(flags) == 0 {
		c.ValidArgsFunction = complete
	}
	for _, name := range flags {
		_ = c.RegisterFlagCompletionFunc(name, complete) // the flag exists and has none
	}
}

// liveTopics returns topics that match the filter, from the cache or the
// broker. Whatever goes wrong, there are none: nobody reads errors while
// typing.
func (o *connOptions) liveTopics(c *cobra.Command, env *Env, filter string) []string {
	if _, err := mqtt.ParseFilter(filter); err != nil || settle(env, c) != nil || o.finish(c) != nil || !o.readable() {
		return nil
	}
	o.TLS.KeyLog = "" // of the real connection only
	t, err := o.target(os.Getpid)
	if err != nil {
		return nil
	}
	t.Transport.Resolver = env.Resolver
	key := fmt.Sprintf("%s %q %q", t.URL, t.Client.Username, filter)
	cache := completions.Cache{Dir: cacheDir(env), Now: env.Now()}
	if topics, fresh := cache.Get(key); fresh {
		return topics
	}
	b := completions.Broker{
		Dial:     func(ctx context.Context) (net.Conn, error) { return transport.Dial(ctx, t.URL, t.Transport) },
		Versions: []mqtt.Version{mqtt.V5, mqtt.V311},
		Username: t.Client.Username,
		Password: t.Client.Password,
	}
	if t.Client.Version != 0 {
		b.Versions = []mqtt.Version{t.Client.Version}
	}
	topics, err := b.Topics(c.Context(), filter)
	if err == nil && len(topics) > 0 {
		_ = cache.Put(key, topics) // the next time takes as long, that is all
	}
	return topics
}

// readable reports whether the files of the flags can be read at once, which
// pipes cannot.
func (o *connOptions) readable() bool {
	for _, name := range []string{o.PasswordFile, o.TLS.CAFile, o.TLS.Cert, o.TLS.Key} {
		if name == "" {
			continue
		}
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

func cacheDir(env *Env) string {
	dir := env.Getenv("XDG_CACHE_HOME")
	if dir == "" {
		var err error
		if dir, err = os.UserCacheDir(); err != nil {
			return "" // nothing is kept
		}
	}
	return filepath.Join(dir, "mqt")
}
