package broker

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"strings"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

// ListenerOptions are settings of one listener. The zero value leaves
// everything as the Server has it. They must not be changed while the listener
// is served.
type ListenerOptions struct {
	// Name is what ConnectInfo.Listener, the log and Stats call the listener.
	// Listeners of one name are counted together. Empty means its address.
	Name string
	// MaxConnections is how many connections of this listener are open at
	// once. Zero means no limit but the Server's.
	MaxConnections int
	// MaxQoS is the highest QoS that clients may publish and subscribe with: 0
	// means 2, 1 means 1, a negative value means QoS 0 only. MQTT 5 clients are
	// told. A client of an earlier version that publishes above it is
	// disconnected; a subscription is granted what is allowed.
	MaxQoS int
	// TopicAliasMaximum is Limits.TopicAliasMaximum for this listener. Zero
	// means the Server's, a negative value means no topic aliases.
	TopicAliasMaximum int
	// Versions are the protocol versions that are accepted. Nil means all.
	// Others are refused with unsupported protocol version.
	Versions []mqtt.Version
	// UsernameAsClientID makes the user name the client identifier, whatever
	// the client sent. It is the user name that the Authorizer left in
	// ConnectInfo. Clients without one are refused.
	UsernameAsClientID bool
	// AssignedIDPrefix begins the client identifiers that the server assigns.
	// Empty means "mqt-".
	AssignedIDPrefix string
	// RefuseEmptyClientID refuses clients that leave it to the server to
	// assign them a client identifier.
	RefuseEmptyClientID bool
	// ClientIDPrefix is what client identifiers must begin with, but for those
	// that the server assigns. Empty means no rule.
	ClientIDPrefix string
	// NoDelay says whether TCP sends small packets at once (TCP_NODELAY)
	// instead of gathering them for a while. Nil means at once. It does not
	// concern WebSocket connections, which always send at once.
	NoDelay *bool
}

// ListenerStats are the counters of the listeners of one name.
type ListenerStats struct {
	Name               string
	Connections        int64 // open now
	ConnectionsTotal   int64 // accepted so far
	ConnectionsRefused int64 // that a limit turned away
	BytesReceived      int64
	BytesSent          int64
	PublishReceived    int64 // PUBLISH packets
	PublishSent        int64
}

// listener is what the connections of one listener share.
type listener struct {
	ListenerOptions // with every default filled in, but for the empty name

	maxQoS   mqtt.QoS
	aliasMax int // topic aliases in either direction

	flow  *flow
	place int // of flow in the list

	open int // connections; guarded by Server.mu
}

// listenerOf fills the defaults of o in.
func (s *Server) listenerOf(address string, o ListenerOptions) *listener {
	on := &listener{ListenerOptions: o, maxQoS: mqtt.ExactlyOnce, aliasMax: s.lim.TopicAliasMaximum}
	on.flow, on.place = s.stats.flows.named(cmp.Or(o.Name, address))
	switch {
	case o.MaxQoS < 0:
		on.maxQoS = mqtt.AtMostOnce
	case o.MaxQoS == 1:
		on.maxQoS = mqtt.AtLeastOnce
	}
	if o.TopicAliasMaximum != 0 {
		on.aliasMax = min(max(o.TopicAliasMaximum, 0), math.MaxUint16)
	}
	on.AssignedIDPrefix = cmp.Or(o.AssignedIDPrefix, "mqt-")
	return on
}

// check returns what is wrong with the options.
func (o *ListenerOptions) check() error {
	for what, s := range map[string]string{"name": o.Name, "prefix of assigned client identifiers": o.AssignedIDPrefix, "prefix of client identifiers": o.ClientIDPrefix} {
		if !validText(s) {
			return fmt.Errorf("listener: the %s %.100q is too long or not UTF-8 text", what, s)
		}
	}
	return nil
}

// maxPrefix leaves room for the rest of a client identifier.
const maxPrefix = math.MaxUint16 - 64

// validText reports whether a string can be part of a client identifier.
func validText(s string) bool {
	return len(s) <= maxPrefix && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

// ServeListener is Serve with options for the listener. Options that cannot be
// served are an error.
func (s *Server) ServeListener(ln net.Listener, o ListenerOptions) error {
	s.init()
	if err := cmp.Or(s.failed, o.check()); err != nil {
		ln.Close()
		return err
	}
	if !s.track(ln) {
		ln.Close()
		return ErrServerClosed
	}
	defer s.untrack(ln)
	on := s.listenerOf(ln.Addr().String(), o)
	s.log.Info("listening", "address", ln.Addr().String(), "listener", on.flow.name)
	var err error
	if handled, e := s.serveLoop(ln, on); handled {
		err = e
	} else {
		err = s.serveConns(ln, on)
	}
	if s.draining.Load() {
		return ErrServerClosed
	}
	return err
}

// setNoDelay applies the option NoDelay to a connection, or to the one that it
// wraps.
func (o *ListenerOptions) setNoDelay(nc net.Conn) {
	if o.NoDelay == nil {
		return
	}
	for nc != nil {
		if t, ok := nc.(interface{ SetNoDelay(bool) error }); ok {
			t.SetNoDelay(*o.NoDelay)
			return
		}
		wrapped, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return
		}
		nc = wrapped.NetConn()
	}
}
