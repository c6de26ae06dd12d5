package broker

import (
	"net"

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
	// instead of gathering them for a while. Nil means at once.
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

// ServeListener is Serve with options for the listener. Options that cannot be
// served are an error.
func (s *Server) ServeListener(ln net.Listener, _ ListenerOptions) error { return s.Serve(ln) }
