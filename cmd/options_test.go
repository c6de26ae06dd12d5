package cmd

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"mqt/broker"
	"mqt/internal/compat/conf"
	"mqt/internal/mqtt"
)

// connDefaults returns connOptions as no flag at all leaves them.
func connDefaults(packets ...string) connOptions {
	return connOptions{Host: "localhost", KeepAlive: 60, ConnectTimeout: seconds(10 * time.Second),
		Props: properties{packets: append([]string{"connect", "disconnect", "will"}, packets...)}}
}

func TestPubOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want func(o *pubOptions)
	}{
		{name: "short", args: []string{"-t", "a", "-m", "-5", "-q1", "-r"}, want: func(o *pubOptions) {
			o.Topic, o.Message, o.QoS, o.Retain, o.HasQoS = "a", "-5", 1, true, true
		}},
		{name: "long", args: []string{"--topic=a", "--file=x", "--host", "h", "--port=99", "--repeat=3", "--repeat-delay=0.5"}, want: func(o *pubOptions) {
			o.Topic, o.Input, o.File, o.Conn.Host, o.Conn.Port = "a", inputFile, "x", "h", 99
			o.Repeat, o.RepeatDelay = 3, seconds(500*time.Millisecond)
		}},
		{name: "clustered", args: []string{"-rlt", "a"}, want: func(o *pubOptions) {
			o.Topic, o.Retain, o.Input = "a", true, inputLines
		}},
		{name: "connection", args: []string{"-t", "a", "-n", "-i", "me", "-u", "alice", "-P", "", "-k", "0", "-V", "mqttv311", "-c", "-M", "7",
			"-A", "127.0.0.1", "--proxy", "socks5h://p", "--nodelay", "--quiet", "-d", "--retry-connect", "--connect-timeout", "250ms"},
			want: func(o *pubOptions) {
				o.Topic, o.Input = "a", inputNull
				c := &o.Conn
				c.ID, c.Username, c.HasPassword, c.KeepAlive, c.Version.Number = "me", "alice", true, 0, mqtt.V311
				c.Persistent, c.Inflight, c.Bind, c.Proxy, c.NoDelay = true, 7, "127.0.0.1", "socks5h://p", true
				c.Quiet, c.Debug, c.RetryConnect, c.ConnectTimeout = true, true, true, seconds(250*time.Millisecond)
			}},
		{name: "URL with topic", args: []string{"-L", "mqtt://h/a%20b/c", "-s"}, want: func(o *pubOptions) {
			o.Conn.URL, o.Topic, o.Input = "mqtt://h/a%20b/c", "a b/c", inputStdin
		}},
		{name: "will", args: []string{"--will-topic", "w", "--will-payload", "gone", "--will-qos", "2", "--will-retain", "--ndjson", "-D", "will", "will-delay-interval", "9"},
			want: func(o *pubOptions) {
				o.Input = inputNDJSON
				o.Conn.Will = willOptions{Topic: "w", Payload: "gone", QoS: 2, Retain: true}
				o.Conn.Props.Will = mqtt.Properties{{ID: mqtt.PropWillDelay, Int: 9}}
				o.Conn.NeedV5 = []string{"-D"}
			}},
		{name: "session expiry", args: []string{"-t", "a", "-n", "-x", "-1"}, want: func(o *pubOptions) {
			o.Topic, o.Input, o.Conn.NeedV5 = "a", inputNull, []string{"-x"}
			o.Conn.SessionExpiry = expiry{neverExpires, true}
		}},
		{name: "TLS", args: []string{"-t", "a", "-n", "--cafile", "ca", "--capath", "dir", "--cert", "c", "--key", "k", "--insecure",
			"--tls-version", "tlsv1.3", "--tls-alpn", "mqtt", "--tls-use-os-certs", "--tls-keylog", "log", "--no-tls"}, want: func(o *pubOptions) {
			o.Topic, o.Input = "a", inputNull
			o.Conn.TLS = tlsOptions{CAFile: "ca", CAPath: "dir", Cert: "c", Key: "k", Insecure: true, Version: "tlsv1.3",
				ALPN: "mqtt", UseOS: true, KeyLog: "log", Off: true}
		}},
		{name: "transport", args: []string{"-t", "a", "-n", "--ws", "--ws-path", "/x", "--ws-header", "A: b", "--ws-header", "C: d"}, want: func(o *pubOptions) {
			o.Topic, o.Input = "a", inputNull
			o.Conn.WS, o.Conn.WSPath, o.Conn.WSHeader = true, "/x", []string{"A: b", "C: d"}
		}},
		{name: "topics", args: []string{"--topic-line", "-0"}, want: func(o *pubOptions) {
			o.Input, o.Separator, o.Zero = inputTopics, " ", true
		}},
		{name: "topics before a comma", args: []string{"--topic-line=,", "-q1"}, want: func(o *pubOptions) {
			o.Input, o.Separator, o.QoS, o.HasQoS = inputTopics, ",", 1, true
		}},
		{name: "pace", args: []string{"-t", "a", "-l", "--count=3", "--rate", "0.5"}, want: func(o *pubOptions) {
			o.Topic, o.Input, o.Stream = "a", inputLines, streamOptions{Count: 3, Rate: 0.5, Speed: 1}
		}},
		{name: "replay", args: []string{"--ndjson", "--pace", "recorded", "--speed", "2.5", "--loop"}, want: func(o *pubOptions) {
			o.Input, o.Stream = inputNDJSON, streamOptions{Pace: paceRecorded, Speed: 2.5, Loop: true}
		}},
		{name: "a -D that is a value", args: []string{"-t", "-D", "-m", "--property"}, want: func(o *pubOptions) {
			o.Topic, o.Message = "-D", "--property"
		}},
	}
	for _, tt := range tests {
		want := &pubOptions{Conn: connDefaults("publish"), Input: inputMessage, Repeat: 1, Stream: streamOptions{Speed: 1}}
		tt.want(want)
		var got *pubOptions
		err := parse(t, newPub(testEnv(), func(_ context.Context, _ *Env, o *pubOptions) error { got = o; return nil }), tt.args...)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: pub %q = %+v, %v, want %+v", tt.name, tt.args, got, err, want)
		}
	}
}

func TestSubOptions(t *testing.T) {
	t.Parallel()
	filter := func(s string) mqtt.Filter {
		f, err := mqtt.ParseFilter(s)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	tests := []struct {
		name string
		args []string
		want func(o *subOptions)
	}{
		{name: "several topics", args: []string{"-t", "a/#", "-t", "b@2", "-q", "1", "-vN"}, want: func(o *subOptions) {
			o.Topics, o.QoS, o.Verbose, o.NoNewline = []string{"a/#", "b@2"}, 1, true, true
			o.Subscriptions = []mqtt.Subscription{{Filter: filter("a/#"), QoS: 1}, {Filter: filter("b"), QoS: 2}}
		}},
		{name: "exec", args: []string{"-t", "a", "--exec", "x y"}, want: func(o *subOptions) {
			o.Topics, o.Exec = []string{"a"}, "x y"
			o.Subscriptions = []mqtt.Subscription{{Filter: filter("a")}}
		}},
		{name: "rate", args: []string{"-t", "a", "--message-rate"}, want: func(o *subOptions) {
			o.Topics, o.Rate = []string{"a"}, true
			o.Subscriptions = []mqtt.Subscription{{Filter: filter("a")}}
		}},
		{name: "append", args: []string{"-t", "a", "--append", "f"}, want: func(o *subOptions) {
			o.Topics, o.Append = []string{"a"}, "f"
			o.Subscriptions = []mqtt.Subscription{{Filter: filter("a")}}
		}},
		{name: "URL with filter", args: []string{"-L", "mqtt://h/a/#", "-t", "b"}, want: func(o *subOptions) {
			o.Conn.URL, o.Topics = "mqtt://h/a/#", []string{"b", "a/#"}
			o.Subscriptions = []mqtt.Subscription{{Filter: filter("b")}, {Filter: filter("a/#")}}
		}},
		{name: "URL with WebSocket path", args: []string{"-L", "ws://h/path", "-t", "b"}, want: func(o *subOptions) {
			o.Conn.URL, o.Topics = "ws://h/path", []string{"b"}
			o.Subscriptions = []mqtt.Subscription{{Filter: filter("b")}}
		}},
		{name: "MQTT 5", args: []string{"-t", "a", "--no-local", "--retain-as-published", "--retain-handling", "new", "-D", "subscribe", "subscription-identifier", "5"},
			want: func(o *subOptions) {
				o.Topics, o.NoLocal, o.RetainAsPublished, o.RetainHandling = []string{"a"}, true, true, "new"
				o.Subscriptions = []mqtt.Subscription{{Filter: filter("a"), NoLocal: true, RetainAsPublished: true, RetainHandling: mqtt.RetainSendIfNew}}
				o.Conn.Props.Subscribe = mqtt.Properties{{ID: mqtt.PropSubscriptionID, Int: 5}}
				o.Conn.NeedV5 = []string{"--no-local", "--retain-as-published", "--retain-handling", "-D"}
			}},
		{name: "ends", args: []string{"-U", "u", "-T", "x/+", "-T", "y", "-C", "3", "-W", "1.5", "-E", "-R", "--remove-retained", "--random-filter", "12.5",
			"--where", "a > 1", "--where", "b", "--select", "c", "-F", "", "--pretty", "--on-change", "--stats", "--decode", "protobuf", "--proto", "f", "--message", "M", "--out-dir", "d"}, want: func(o *subOptions) {
			o.Decode, o.ProtoFile, o.ProtoMessage, o.OutDir = "protobuf", "f", "M", "d"
			o.Unsubscribe, o.FilterOut = []string{"u"}, []string{"x/+", "y"}
			o.DropTopics = []mqtt.Filter{filter("x/+"), filter("y")}
			o.Count, o.Timeout, o.SubackOnly, o.DropRetained, o.RemoveRetained, o.RandomFilter = 3, seconds(1500*time.Millisecond), true, true, true, 12.5
			o.Where, o.Select, o.HasTemplate, o.Pretty, o.OnChange, o.Stats = []string{"a > 1", "b"}, "c", true, true, true, true
		}},
	}
	for _, tt := range tests {
		want := &subOptions{Conn: connDefaults("subscribe", "unsubscribe"), RandomFilter: 100}
		tt.want(want)
		var got *subOptions
		err := parse(t, newSub(testEnv(), func(_ context.Context, _ *Env, o *subOptions) error { got = o; return nil }), tt.args...)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: sub %q = %+v, %v, want %+v", tt.name, tt.args, got, err, want)
		}
	}
}

// What may be acknowledged, or removed from the broker, is written first.
func TestSubWritesFirst(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{"-t a": false, "-t a -q 1": true, "-t a --remove-retained": true} {
		var got *subOptions
		c := newSub(testEnv(), func(_ context.Context, _ *Env, o *subOptions) error { got = o; return nil })
		if err := parse(t, c, strings.Fields(args)...); err != nil {
			t.Fatal(err)
		}
		if got.acknowledges() != want {
			t.Errorf("sub %s: acknowledges() = %t, want %t", args, !want, want)
		}
	}
}

func TestServeOptions(t *testing.T) {
	t.Parallel()
	local := func(urls ...string) conf.Config {
		c := conf.Config{Auth: conf.Auth{AllowAnonymous: new(true)}}
		for _, u := range urls {
			c.Listeners = append(c.Listeners, conf.Listener{URL: u})
		}
		return c
	}
	tests := []struct {
		name string
		args []string
		want func(c *conf.Config)
	}{
		{name: "defaults", want: func(c *conf.Config) { *c = local(conf.DefaultURL) }},
		{name: "port", args: []string{"-p", "0", "-vv"}, want: func(c *conf.Config) {
			*c = local("any://127.0.0.1:0")
			c.Log.Level = "debug"
		}},
		{name: "listeners", args: []string{"--listen", "unix:///x", "--listen", "mqtt://[::1]:0", "--ready-file", "r"}, want: func(c *conf.Config) {
			*c = local("unix:///x", "mqtt://[::1]:0")
			c.ReadyFile = "r"
		}},
		{name: "limits", args: []string{"--max-retained", "5", "--connect-timeout", "1.5", "--max-session-expiry", "-1", "--sys-interval", "-1", "--max-memory", "1G"}, want: func(c *conf.Config) {
			*c = local(conf.DefaultURL)
			c.SysInterval = -1
			c.Limits = conf.Limits{MaxRetained: 5, ConnectTimeout: 1.5, MaxSessionExpiry: -1, MaxMemory: 1 << 30}
		}},
		{name: "TLS is for who can use it", args: []string{"--listen", "mqtts://h:1", "--listen", "mqtt://127.0.0.1:2", "--cert", "c", "--key", "k", "--password-file", "p"}, want: func(c *conf.Config) {
			*c = local("mqtts://h:1", "mqtt://127.0.0.1:2")
			c.Listeners[0].TLS = conf.TLS{Cert: "c", Key: "k"}
			c.Auth = conf.Auth{AllowAnonymous: new(false), PasswordFile: "p"}
		}},
		{name: "web", args: []string{"--listen", "ws://localhost:1", "--ws-path", "/x", "--ws-origin", "a", "--ws-origin", "b", "--proxy-from", "::1"}, want: func(c *conf.Config) {
			*c = local("ws://localhost:1")
			l := &c.Listeners[0]
			l.WSPath, l.Origins, l.ProxyTrusted, l.ProxyProtocol = "/x", []string{"a", "b"}, []string{"::1"}, 1
		}},
		{name: "development", args: []string{"--tls-dev"}, want: func(c *conf.Config) {
			*c = local(conf.DefaultURL, "mqtts://127.0.0.1:8883")
			c.TLSDev = true
		}},
		{name: "the whole network", args: []string{"--lan"}, want: func(c *conf.Config) {
			*c = local("any://0.0.0.0:1883")
			c.LAN, c.Auth.AllowAnonymous = true, new(false)
		}},
		{name: "durable", args: []string{"--data", "d", "--sync", "interval=1s", "--log-file", "l", "--log-format", "json"}, want: func(c *conf.Config) {
			*c = local(conf.DefaultURL)
			c.Persistence = conf.Persistence{Location: "d", Sync: "interval=1s"}
			c.Log = conf.Log{File: "l", Destinations: []string{"file"}, Format: "json"}
		}},
	}
	for _, tt := range tests {
		var want conf.Config
		tt.want(&want)
		var got servePlan
		err := parse(t, newServe(testEnv(), func(_ context.Context, env *Env, o *serveOptions) (err error) {
			got, err = o.plan(env, nil)
			return err
		}), tt.args...)
		if err != nil || !reflect.DeepEqual(got.config, want) {
			t.Errorf("%s: serve %q = %+v, %v, want %+v", tt.name, tt.args, got.config, err, want)
		}
	}
}

// Every flag of mqt serve has a key in the configuration file, apart from those
// that are for one start.
func TestServeFlagsHaveKeys(t *testing.T) {
	t.Parallel()
	once := []string{"listen", "port", "config", "strict", "print-config", "check-config", "salvage", "verbose"}
	known := map[string]bool{}
	for _, k := range conf.Keys() {
		known[k.Name] = true
	}
	newServe(testEnv(), nil).Flags().VisitAll(func(f *pflag.Flag) {
		v, ok := f.Value.(*keyFlag)
		switch {
		case slices.Contains(once, f.Name):
		case !ok:
			t.Errorf("--%s has no key", f.Name)
		case !known[v.key] && !known["listeners."+v.key]:
			t.Errorf("--%s sets %s, which is no key", f.Name, v.key)
		}
	})
}

// Every limit of the broker can be set.
func TestServeHasEveryLimit(t *testing.T) {
	t.Parallel()
	c := newServe(testEnv(), nil)
	limits := reflect.TypeFor[broker.Limits]()
	for i := range limits.NumField() {
		if c.Flags().Lookup(kebab(limits.Field(i).Name)) == nil {
			t.Errorf("no flag for broker.Limits.%s", limits.Field(i).Name)
		}
	}
}

// kebab turns MaxTopicLevels into max-topic-levels.
func kebab(s string) string {
	var out []byte
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				out = append(out, '-')
			}
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

func TestRetainedOptions(t *testing.T) {
	t.Parallel()
	all, err := mqtt.ParseFilter("a/#")
	if err != nil {
		t.Fatal(err)
	}
	var got *retainedOptions
	c := newRetainedClear(testEnv(), func(_ context.Context, _ *Env, o *retainedOptions) error { got = o; return nil })
	want := &retainedOptions{Conn: connDefaults(), Filters: []mqtt.Filter{all}, QoS: 1, Timeout: seconds(5 * time.Second), DryRun: true}
	if err := parse(t, c, "a/#", "--timeout", "5", "-q", "1", "--dry-run"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("clear = %+v, %v, want %+v", got, err, want)
	}
}
