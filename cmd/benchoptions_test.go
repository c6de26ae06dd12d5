package cmd

import (
	"cmp"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"mqt/bench"
	"mqt/bench/pace"
	"mqt/bench/result"
	"mqt/internal/mqtt"
)

// benchWith returns mqt bench with run instead of a load.
func benchWith(env *Env, run benchRun) *cobra.Command {
	c := newBench(env)
	for _, s := range scenarios() {
		for _, old := range c.Commands() {
			if old.Name() == s.name {
				c.RemoveCommand(old)
			}
		}
		addTo(c, benchScenarios, newBenchScenario(env, s, run))
	}
	return c
}

// benchConfig returns what args, words after mqt bench, come to.
func benchConfig(t *testing.T, args ...string) (bench.Config, error) {
	t.Helper()
	var got bench.Config
	err := parse(t, benchWith(testEnv(), func(ctx context.Context, env *Env, o *benchOptions) error {
		p, err := o.plan(ctx, env)
		if err != nil {
			return err
		}
		got = p.Config
		return p.closer.Close()
	}), args...)
	return got, err
}

// withoutFlags returns what a scenario without flags comes to.
func withoutFlags(scenario string) bench.Config {
	c := bench.Config{
		Scenario: scenario,
		Target:   bench.Target{URLs: []string{"mqtt://localhost:1883"}},
		Clients:  bench.Clients{KeepAlive: 300 * time.Second, ConnectTimeout: 10 * time.Second},
		Duration: 10 * time.Second,
		Seed:     42,
		Command:  "mqt bench " + scenario,
		Build:    currentVersion().Version,
	}
	for _, s := range scenarios() {
		if s.name == scenario {
			c.Clients.Publishers, c.Clients.Subscribers, c.Clients.Idle = s.roles.publishers, s.roles.subscribers, s.roles.idle
			if s.sends() {
				c.Load.Sizes = []bench.Size{{Bytes: 256, Weight: 1}}
			}
		}
	}
	return c
}

func TestBenchFlags(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		want func(*bench.Config)
	}{
		{"p2p", func(c *bench.Config) {}},
		{"conn -h a,b -p 1884 -V 4 -c 7 -R 50 -n 3 --prefix x --shortids -k 0 -C false", func(c *bench.Config) {
			c.Target.URLs, c.Target.Version = []string{"mqtt://a:1884", "mqtt://b:1884"}, mqtt.V311
			c.Clients = bench.Clients{Idle: 7, Rate: 50, First: 3, Prefix: "x", ShortIDs: true, KeepAlive: -1, Persistent: true, ConnectTimeout: 10 * time.Second}
		}},
		{"pub", func(c *bench.Config) { c.Load.Schedule = pace.Constant(200) }},
		{"pub -c 10 -i 10 -I 100 -t a/%i -s 16,64:3 -q 1 -r -F 5 -w -L 1000 --payload-hdrs ts,cnt64", func(c *bench.Config) {
			c.Clients.Publishers, c.Clients.Rate, c.Clients.WaitAll = 10, 100, true
			c.Load = bench.Workload{Topic: "a/%i", Sizes: []bench.Size{{Bytes: 16, Weight: 1}, {Bytes: 64, Weight: 3}}, QoS: 1, Retain: true,
				Window: 5, Headers: []string{"ts", "cnt64"}, Schedule: pace.Constant(100)}
			c.Count, c.Duration = 1000, 0
		}},
		{"pub -I 0 -m hello -x 60 -F 0", func(c *bench.Config) {
			c.Load.Window = 65535
			c.Load.Sizes, c.Load.Payload = []bench.Size{{Bytes: 21, Weight: 1}}, []byte("hello")
			c.Clients.SessionExpiry = time.Minute
		}},
		{"sub -c 5 -t a/%i -t b/# -q 2 --ifaddr 127.0.0.1,127.0.0.2", func(c *bench.Config) {
			c.Clients.Subscribers, c.Load = 5, bench.Workload{Filters: []string{"a/%i", "b/#"}, QoS: 2}
			c.Target.Sources = []string{"127.0.0.1", "127.0.0.2"}
		}},
		{"p2p --publishers 50 --rate 2k --warmup 1 --duration 5 --late skip --seed 7 --segment 2/3 --start-at 2026-01-02T15:04:05Z --pid 9", func(c *bench.Config) {
			c.Clients.Publishers, c.Clients.Subscribers = 50, 50
			c.Load.Schedule, c.Load.Skip = pace.Constant(2000), true
			c.Warmup, c.Duration, c.Seed = time.Second, 5*time.Second, 7
			c.Segment, c.StartAt = &result.Segment{Index: 2, Of: 3}, time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
			c.Target.PID = 9
		}},
		{"fanin --stages 30s:1000,10s:=50 --warmup 10 --idle 4", func(c *bench.Config) {
			c.Load.Schedule = pace.Stages([]pace.Stage{{For: 30 * time.Second, Rate: 1000}, {For: 10 * time.Second, Rate: 50, Hold: true}})
			c.Warmup, c.Duration, c.Clients.Idle = 10*time.Second, 40*time.Second, 4
		}},
		{"share --rate 10 --arrival poisson --duration 2", func(c *bench.Config) {
			c.Load.Schedule, c.Duration = pace.Poisson(10, 2*time.Second, 42), 2*time.Second
		}},
		{"fanout --rate 100 --count 1k --arrival ramp --filter bench/#", func(c *bench.Config) {
			c.Load.Schedule, c.Count, c.Duration = pace.Ramp(0, 100, 10*time.Second), 1000, 0
			c.Load.Filters = []string{"bench/#"}
		}},
		{"p2p --preset p2p-1K-1K-1K-1K --scale 0.01 --duration 3", func(c *bench.Config) {
			c.Preset, c.Clients.Publishers, c.Clients.Subscribers = "singlenode-p2p-1K-1K-1K-1K", 10, 10
			c.Target.Version = mqtt.V311
			c.Load = bench.Workload{QoS: 1, Sizes: []bench.Size{{Bytes: 16, Weight: 1}}, Schedule: pace.Constant(10)}
			c.Duration = 3 * time.Second
		}},
		{"conn --preset conn-tcp-10K-100 --scale 0.1 -i 20", func(c *bench.Config) {
			c.Preset, c.Clients.Idle, c.Clients.Rate = "singlenode-conn-tcp-10K-100", 1000, 50
			c.Target.Version, c.Duration = mqtt.V311, 30*time.Minute
		}},
		{"retained --slo response.p99<1s", func(c *bench.Config) { c.Duration, c.Count = 0, 1000 }},
		{"offline --duration 5 --count 50", func(c *bench.Config) { c.Duration, c.Count = 5*time.Second, 50 }},
		{"rr --proxy socks5h://u:p@h --connect-timeout 0.5", func(c *bench.Config) {
			c.Target.Proxy = &url.URL{Scheme: "socks5h", Host: "h", User: url.UserPassword("u", "p")}
			c.Clients.ConnectTimeout = 500 * time.Millisecond
		}},
		{"will -q 2", func(c *bench.Config) { c.Load.QoS = 2 }},
		{"will --ws --ws-path /ws -c 3 --dist --lowmem --log_to null", func(c *bench.Config) {
			c.Target.URLs, c.Clients.Idle = []string{"ws://localhost:80/ws"}, 3
		}},
	}
	for _, tt := range tests {
		args := strings.Fields(tt.args)
		got, err := benchConfig(t, args...)
		want := withoutFlags(args[0])
		tt.want(&want)
		want.Command = got.Command // has a test of its own
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("bench %s = %+v, %v,\nwant %+v", tt.args, got, err, want)
		}
	}
}

func TestBenchCredentials(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	creds := write(t, dir, "creds.csv", "alice,a-pw\nbob,\"b,pw\"\n")
	tests := []struct {
		args []string
		n    int
		want [2]string
	}{
		{[]string{"-u", "user%i", "-P", "pw%i-%i"}, 7, [2]string{"user7", "pw7-7"}},
		{[]string{"-u", "alice"}, 7, [2]string{"alice", ""}},
		{[]string{"--url", "mqtt://bob:secret@h"}, 7, [2]string{"bob", "secret"}},
		{[]string{"--creds", creds}, 1, [2]string{"bob", "b,pw"}},
		{[]string{"--creds", creds}, 2, [2]string{"alice", "a-pw"}},
	}
	for _, tt := range tests {
		c, err := benchConfig(t, append([]string{"conn"}, tt.args...)...)
		if err != nil {
			t.Errorf("bench conn %q: %v", tt.args, err)
			continue
		}
		if user, password := c.Clients.Credentials(tt.n); [2]string{user, password} != tt.want {
			t.Errorf("bench conn %q: client %d is %q with %q, want %q", tt.args, tt.n, user, password, tt.want)
		}
		for _, u := range c.Target.URLs {
			if strings.Contains(u, "secret") {
				t.Errorf("bench conn %q: the URL %s has a password", tt.args, u)
			}
		}
	}
}

// A profile says how to connect, and what of it is for other commands is left.
func TestBenchProfile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mqt"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "mqt"), "config.toml", "[profiles.office]\nurl = \"mqtt://alice:pw@broker:1999\"\nid = \"me\"\nkeepalive = 5\nprotocol_version = \"311\"\n")
	var got bench.Config
	env := testEnv()
	env.Getenv = func(name string) string { return map[string]string{"XDG_CONFIG_HOME": dir}[name] }
	c := newBenchScenario(env, scenarios()[0], func(ctx context.Context, env *Env, o *benchOptions) error {
		p, err := o.plan(ctx, env)
		if err == nil {
			got = p.Config
		}
		return err
	})
	c.Flags().Bool("help", false, "") // the root's, else one with the letter of the host
	c.SetArgs([]string{"--profile", "office"})
	c.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return settle(env, c) }
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u := got.Target.URLs; len(u) != 1 || u[0] != "mqtt://broker:1999" || got.Target.Version != mqtt.V311 || got.Clients.KeepAlive != 300*time.Second {
		t.Errorf("with the profile the target is %+v, the clients %+v", got.Target, got.Clients)
	}
	if user, password := got.Clients.Credentials(0); user != "alice" || password != "pw" {
		t.Errorf("with the profile the user is %q with %q", user, password)
	}
}

// The embedded broker is nobody else: what the environment and the default
// profile say about another one does not reach it.
func TestBenchEmbeddedForgets(t *testing.T) {
	t.Parallel()
	const office = "default = \"office\"\n[profiles.office]\nhost = \"far\"\nusername = \"alice\"\npassword = \"secret\"\n" +
		"cafile = \"ca.pem\"\ncert = \"me.pem\"\nkey = \"me.key\"\ntls_use_os_certs = true\ninsecure = true\ntls_version = \"tlsv1.3\"\nws = true\nws_header = [\"A: b\"]\n"
	tests := []struct {
		name, profile string
		variables     map[string]string
		args          []string
		version       mqtt.Version
		user, command string
	}{
		{name: "place", variables: map[string]string{"MQT_URL": "mqtts://far", "MQT_PROXY": "socks5h://near"}, command: "conn --embedded"},
		{name: "TLS", variables: map[string]string{"MQT_CAFILE": "ca.pem", "MQT_INSECURE": "true"}, command: "conn --embedded"},
		{name: "user", variables: map[string]string{"MQT_USERNAME": "alice", "MQT_PASSWORD": "secret"}, command: "conn --embedded"},
		{name: "all of a profile", profile: office, variables: map[string]string{"MQT_PROTOCOL_VERSION": "311"}, command: "conn --embedded"},
		{name: "but what is typed", profile: office, args: []string{"-u", "bob", "-V", "311"}, version: mqtt.V311, user: "bob",
			command: "conn --protocol-version 4 --username bob --embedded"},
		{name: "or of a preset", variables: map[string]string{"MQT_PROTOCOL_VERSION": "31"}, args: []string{"--preset", "conn-tcp-10K-100", "--scale", "0.001"},
			version: mqtt.V311, command: "conn --embedded --preset singlenode-conn-tcp-10K-100 --scale 0.001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := embeddedConfig(t, tt.profile, tt.variables, tt.args...)
			if err != nil {
				t.Fatal(err)
			}
			if g := got.Target; g.Proxy != nil || g.TLS != nil || g.WSHeader != nil || cmp.Or(g.Version, mqtt.V5) != cmp.Or(tt.version, mqtt.V5) || got.Command != tt.command {
				t.Errorf("the target is %+v, the command %q, want nothing of the broker elsewhere", g, got.Command)
			}
			user := ""
			if got.Clients.Credentials != nil {
				user, _ = got.Clients.Credentials(0)
			}
			if user != tt.user {
				t.Errorf("the user is %q, want %q", user, tt.user)
			}
		})
	}
}

// embeddedConfig returns what mqt bench conn --embedded would do with a file of
// profiles and variables.
func embeddedConfig(t *testing.T, profiles string, variables map[string]string, args ...string) (bench.Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mqt"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "mqt"), "config.toml", profiles)
	var got bench.Config
	env := testEnv()
	env.Getenv = func(name string) string {
		if name == "XDG_CONFIG_HOME" {
			return dir
		}
		return variables[name]
	}
	c := newBenchScenario(env, scenarios()[0], func(ctx context.Context, env *Env, o *benchOptions) error {
		p, err := o.plan(ctx, env)
		if err == nil {
			got = p.Config
		}
		return err
	})
	c.Flags().Bool("help", false, "") // the root's, else one with the letter of the host
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(append([]string{"--embedded"}, args...))
	c.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return settle(env, c) }
	err := c.ExecuteContext(t.Context())
	return got, err
}

// Nothing that the command line says is lost in the one that repeats it, but
// for secrets.
func TestBenchCommandLine(t *testing.T) {
	t.Parallel()
	tests := []struct{ args, want string }{
		{"p2p", "mqt bench p2p"},
		{"p2p --rate 1k --slo lost==0 --slo response.p99<5ms -q 1", "mqt bench p2p --qos 1 --rate 1000 --slo 'lost==0,response.p99<5ms'"},
		{"pub -h a -u me -P secret -t a/%i -r", "mqt bench pub --host a --username me --pw '…' --topic a/%i --retain"},
		{"conn --url mqtt://me:secret@h -R 5 --quiet", "mqt bench conn --url 'mqtt://me:…@h' --connrate 5"},
		{"p2p --proxy socks5h://me:secret@h", "mqt bench p2p --proxy 'socks5h://me:…@h'"},
		{"p2p -o json:a.json -o html:b.html --embedded", "mqt bench p2p --embedded --output json:a.json --output html:b.html"},
		{"p2p --preset p2p-1K-1K-1K-1K --scale 0.1 --rate 5", "mqt bench p2p --rate 5 --preset singlenode-p2p-1K-1K-1K-1K --scale 0.1"},
	}
	for _, tt := range tests {
		c, err := benchConfig(t, strings.Fields(tt.args)...)
		if err != nil || c.Command != tt.want {
			t.Errorf("bench %s is repeated by %q, %v, want %q", tt.args, c.Command, err, tt.want)
		}
	}
}

func TestBenchCertificates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := benchConfig(t, "conn", "-S", "--certs", dir); err == nil || !strings.Contains(err.Error(), "there is no NAME.key") {
		t.Errorf("--certs of an empty directory: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.key"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := benchConfig(t, "conn", "-S", "--certs", dir); err == nil || !strings.Contains(err.Error(), "a.pem") {
		t.Errorf("--certs without a certificate: %v", err)
	}
}

func TestBenchUsage(t *testing.T) {
	t.Parallel()
	tests := []struct{ args, want string }{
		{"p2p --rate x", `"x" is not a rate such as`},
		{"p2p -m x -s 16", "-s and -m cannot be used together"},
		{"p2p -m template://x -s 16,32", "-s is one size with -m template://FILE"},
		{"p2p --size 8", "a payload has 16 to"},
		{"p2p --slo nonsense<1", `there is no metric "nonsense"`},
		{"p2p --slo response.p99<1ms", "without a rate no message is due"},
		{"p2p --find-max", "--find-max needs to know what a rate has to meet"},
		{"p2p --stages 1s:1 --rate 5", "--stages and --rate cannot be used together"},
		{"p2p --arrival poisson", "--arrival needs --rate"},
		{"p2p --rate 5 --arrival uniform", `there is no arrival "uniform"`},
		{"p2p --late skip", "--late needs --rate"},
		{"p2p --segment 4/3", "is not a part such as"},
		{"p2p --start-at noon", "is not a time such as"},
		{"p2p -o xml", "is none of text"},
		{"p2p -o json -o text", "writes 2 results to standard output"},
		{"p2p --publishers 0", "--publishers 0: there is at least one"},
		{"p2p --embedded --url mqtt://h", "--embedded and --url cannot be used together"},
		{"p2p --embedded --proxy socks5h://h", "--embedded and --proxy cannot be used together"},
		{"p2p --proxy http://h", "--proxy is not of the form socks5h://"},
		{"p2p --connect-timeout 0", "--connect-timeout 0: the time is more than 0"},
		{"p2p --embedded --pid 1", "--embedded and --pid"},
		{"p2p --preset fanout-5-1000-5-250K", "is one of mqt bench fanout"},
		{"p2p --preset x", `there is no preset "x"`},
		{"p2p --scale 2", "--scale is given, but no --preset"},
		{"p2p --stages 0s:1 --warmup 5", "the stages take no time"},
		{"pub -t a/# ", `-t "a/#" contains a wildcard`},
		{"pub -F 65536", "from 1 to 65535 messages can be in flight"},
		{"pub -c 0", "-c 0: there is at least one client"},
		{"pub -R 1 -i 1", "-R and -i cannot be used together"},
		{"pub --payload-hdrs x", "is none of ts, cnt64"},
		{"pub --payload-hdrs ts -V 4", "--payload-hdrs needs MQTT 5"},
		{"pub --ifaddr x", `"x" is not an IP address`},
		{"sub", "nothing to subscribe to"},
		{"sub --rate 5", "unknown flag --rate"},
		{"conn --insecure", "the connection is without TLS"},
		{"conn --url mqtt://h --cafile x", "mqtt:// is without TLS"},
		{"rr -V 4", "rr needs MQTT 5"},
		{"p2p extra", `unexpected word "extra"`},
	}
	for _, tt := range tests {
		_, err := benchConfig(t, strings.Fields(tt.args)...)
		if err == nil || !strings.Contains(err.Error(), tt.want) || exitCode(err) != exitUsage {
			t.Errorf("bench %s: %v, want a wrong command line with %q", tt.args, err, tt.want)
		}
	}
}
