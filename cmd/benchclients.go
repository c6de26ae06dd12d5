package cmd

import (
	"github.com/spf13/pflag"
)

// benchClients says how many clients there are, and how they connect.
type benchClients struct {
	Roles    roles
	Rate     float64 // -R
	Interval int     // -i, in milliseconds
	First    int     // -n
	Prefix   string
	ShortIDs bool
	Keep     int    // -k, in seconds
	Clean    string // -C: "true" or "false"
	Expiry   expiry // -x
	Creds    string
	Certs    string
	WaitAll  bool // -w

	pairs bool // a subscriber for each publisher
}

func (o *benchClients) bind(f *pflag.FlagSet, s scenario) {
	o.Roles, o.Clean, o.pairs = s.roles, "true", s.name == "p2p"
	r := &o.Roles
	one := map[string]*int{"pub": &r.publishers, "sub": &r.subscribers, "conn": &r.idle, "will": &r.idle}[s.name]
	switch {
	case s.name == "will":
		f.IntVarP(one, "clients", "c", *one, "how many `n` clients have a will, and are killed")
		f.IntVar(&r.subscribers, "subscribers", r.subscribers, "how many `n` clients receive all wills")
	case one != nil:
		f.IntVarP(one, "clients", "c", *one, "how many `n` clients there are")
	default:
		f.IntVar(&r.publishers, "publishers", r.publishers, "how many `n` clients publish")
		f.IntVar(&r.subscribers, "subscribers", r.subscribers, "how many `n` clients subscribe"+
			map[bool]string{true: "; if not given, as many as publish"}[o.pairs])
		f.IntVar(&r.idle, "idle", 0, "how many `n` more clients only connect")
	}
	f.Float64VarP(&o.Rate, "connrate", "R", 0, "make `n` connections a second; 0 is as fast as the broker answers")
	f.IntVarP(&o.Interval, "interval", "i", 0, "or wait `milliseconds` between two connections")
	f.IntVarP(&o.First, "startnumber", "n", 0, "`number` of the first client")
	f.StringVar(&o.Prefix, "prefix", "", "client identifiers begin with `text` (default mqtbench)")
	f.BoolVar(&o.ShortIDs, "shortids", false, "client identifiers are the prefix and the number only")
	f.IntVarP(&o.Keep, "keepalive", "k", 300, "longest silence in `seconds` before a connection counts as dead; 0 is off")
	f.VarP(oneOf{&o.Clean, []string{"true", "false"}}, "clean", "C", "begin with a clean session, `true` or false")
	f.VarP(&o.Expiry, "session-expiry", "x", "keep sessions for so many `seconds` after the connection (MQTT 5); -1 is for ever")
	f.StringVar(&o.Creds, "creds", "", "CSV `file` with a user name and a password in each line: clients take them in turn")
	f.StringVar(&o.Certs, "certs", "", "`directory` with a NAME.crt or NAME.pem and a NAME.key for each client: clients take them in turn")
	f.BoolVarP(&o.WaitAll, "wait-before-publishing", "w", false, "publish only when all clients are connected (always so where messages are received)")
}

func (o *benchClients) finish(f *pflag.FlagSet) error {
	if o.pairs && !f.Changed("subscribers") {
		o.Roles.subscribers = o.Roles.publishers
	}
	for name, n := range map[string]int{"publishers": o.Roles.publishers, "subscribers": o.Roles.subscribers, "idle": o.Roles.idle + 1} {
		if f.Changed(name) && n < 1 {
			return usagef("bench: --%s %s: there is at least one", name, f.Lookup(name).Value)
		}
	}
	switch {
	case f.Changed("clients") && o.count() < 1:
		return usagef("bench: -c %s: there is at least one client", f.Lookup("clients").Value)
	case f.Changed("connrate") && f.Changed("interval"):
		return usagef("bench: -R and -i cannot be used together: they say the same")
	case !(o.Rate >= 0) || o.Interval < 0:
		return usagef("bench: -R and -i are not negative")
	case o.First < 0:
		return usagef("bench: -n %d: numbers of clients begin at 0", o.First)
	case o.Keep < 0 || o.Keep > 65535:
		return usagef("bench: -k %d: the keep alive is 0 to 65535 seconds", o.Keep)
	case o.Creds != "" && (f.Changed("username") && typed(f, "username") || typed(f, "pw")):
		return usagef("bench: --creds and -u or -P cannot be used together")
	}
	return nil
}

// count returns how many clients there are.
func (o *benchClients) count() int { return o.Roles.publishers + o.Roles.subscribers + o.Roles.idle }

// perSecond returns the connections a second; zero is no limit.
func (o *benchClients) perSecond() float64 {
	if o.Interval > 0 {
		return 1000 / float64(o.Interval)
	}
	return o.Rate
}
