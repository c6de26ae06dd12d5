package broker

import (
	"context"
	"crypto/tls"

	"mqt/internal/mqtt"
)

// ConnectInfo is what a server knows about a client. An Authorizer must not
// change it, but for Session, and may keep it as long as the connection lives.
type ConnectInfo struct {
	// ClientID is the client identifier, also when the server assigned it. Once
	// Connect has returned it is the user name if the listener wants that.
	ClientID string
	// Username is the user name; an Authorizer may set it in Connect to what
	// the credentials stand for.
	Username string
	// HasUsername tells an empty user name from none.
	HasUsername bool
	// Password is the password, nil once Connect has returned.
	Password []byte
	// HasPassword tells an empty password from none.
	HasPassword bool
	// Remote is the client's "ip:port", or "unix".
	Remote string
	// Listener is the name of the listener, or the address the client connected
	// to when that has none.
	Listener string
	// Version is the protocol version.
	Version mqtt.Version
	// TLS is the state of the TLS connection, nil without TLS.
	TLS *tls.ConnectionState
	// Session belongs to the Authorizer: what Connect stores here the other
	// calls for the connection see.
	Session any
}

// Authorizer decides who may connect and who may do what. Its methods return
// nil to allow, and otherwise why not: a *mqtt.ReasonError picks the reason
// code that the client gets, any other error means not authorized (0x87). They
// are called from many goroutines.
type Authorizer interface {
	// Connect decides on a connection. It may block: it runs on a goroutine of
	// its own, until ctx ends with the connect timeout.
	Connect(ctx context.Context, c *ConnectInfo) error
	// Publish decides whether the client may publish to a topic, its will
	// included. It should be fast; the answer is remembered for the connection
	// until the Generation changes.
	Publish(c *ConnectInfo, topic string) error
	// Subscribe decides on one filter of a SUBSCRIBE.
	Subscribe(c *ConnectInfo, f mqtt.Filter) error
}

// ReadAuthorizer is an Authorizer that also decides which messages a client
// may receive. It is asked when a message is about to be delivered: live,
// retained, from a queue, or by a shared subscription.
type ReadAuthorizer interface {
	// Read decides whether the client may receive messages of a topic. It
	// should be fast; the answer is remembered until the Generation changes.
	Read(c *ConnectInfo, topic string) error
}

// Reloader is an Authorizer whose answers change over time.
type Reloader interface {
	// Generation returns a number that grows whenever answers may have
	// changed. It is called for every message.
	Generation() uint64
}

// Exchanger is an Authorizer that takes part in enhanced authentication, MQTT
// 5.0 section 4.12. A client that names a method is not passed to Connect.
type Exchanger interface {
	// Begin starts an exchange with the authentication data of CONNECT and
	// returns the data of the first reply. An unknown method is refused with
	// bad authentication method (0x8C).
	Begin(c *ConnectInfo, method string, data []byte) (Exchange, []byte, error)
}

// Exchange is one enhanced authentication under way.
type Exchange interface {
	// Next takes the client's next data. When done is true the client is
	// authenticated, and reply goes into CONNACK.
	Next(data []byte) (reply []byte, done bool, err error)
}

// refusalOf returns err as the reason code to send, not authorized when it
// names none.
func refusalOf(err error) *mqtt.ReasonError {
	if re, ok := asReason(err); ok {
		return re
	}
	return &mqtt.ReasonError{Code: mqtt.NotAuthorized}
}
