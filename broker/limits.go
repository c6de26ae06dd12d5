package broker

import "time"

// Limits bounds what clients may ask of a Server. In every field zero means
// the default and a negative value means no limit, unless it says otherwise.
// What a limit refuses or drops is counted, logged and published under $SYS.
type Limits struct {
	// ConnectTimeout is how long a new connection may take to complete its
	// CONNECT. Default 10 s.
	ConnectTimeout time.Duration
	// MaxConnectSize is the largest CONNECT packet, in bytes. Default 64 KiB.
	MaxConnectSize int
	// MaxPacketSize is the largest packet accepted from a client, in bytes; it
	// is announced to MQTT 5 clients. Default 2 MiB.
	MaxPacketSize int
	// MaxPayloadSize is the largest payload of a PUBLISH, in bytes. A larger
	// message reaches nobody: it is counted, and an MQTT 5 client is told with
	// reason code 0x97; the connection stays. A will with a larger one is
	// refused with its CONNECT. Default no limit but that of the packet.
	MaxPayloadSize int
	// MaxPropertiesSize is the largest property list of a PUBLISH, in bytes.
	// Default 64 KiB.
	MaxPropertiesSize int
	// MaxTopicLevels is the most levels a topic name or filter may have.
	// Default 200.
	MaxTopicLevels int
	// ReceiveMaximum is how many QoS 2 messages an MQTT 5 client may have open
	// towards the server; it is announced in CONNACK. 1 to 65,535, default
	// 1,000. Earlier versions cannot be told and may have 65,535.
	ReceiveMaximum int
	// TopicAliasMaximum is how many topic aliases a client may define on a
	// connection; also the most the server defines towards a client. At most
	// 65,535, default 64; negative allows none.
	TopicAliasMaximum int
	// MaxInflight is how many QoS 1 and 2 messages may be unacknowledged by a
	// client. For MQTT 5 the client's own Receive Maximum rules when it is
	// lower. Default 20 for MQTT 3.1 and 3.1.1, 65,535 for MQTT 5.
	MaxInflight int
	// MaxQueuedMessages is how many messages wait for one session. Default
	// 1,000.
	MaxQueuedMessages int
	// MaxQueuedBytes is how many bytes of topics, properties and payloads wait
	// for one session. Default 16 MiB.
	MaxQueuedBytes int
	// StallTimeout is how long a client may take nothing of what is waiting
	// for it before it is disconnected. Default 10 s.
	StallTimeout time.Duration
	// MaxConnections is how many connections are open at once. Default no
	// limit.
	MaxConnections int
	// MaxConnectionsPerAddress is how many of them one IP address may have.
	// Default no limit.
	MaxConnectionsPerAddress int
	// MaxRetained is how many retained messages are kept. Default 1,000,000.
	MaxRetained int
	// MaxRetainedBytes is how many bytes of topics, properties and payloads
	// they may have together. Default 1 GiB.
	MaxRetainedBytes int
	// MaxKeepAlive caps a client's keep alive; MQTT 5 clients are told. A
	// client that asks for none gets this. At least 1 s. Default no limit.
	MaxKeepAlive time.Duration
	// MaxSessionExpiry caps how long a session outlives its connection.
	// Default no limit.
	MaxSessionExpiry time.Duration
	// MaxMemory is how many bytes of memory the process may use before the
	// server refuses what needs more: new connections but of clients for whom
	// messages wait, subscriptions, retained messages that grow, and messages
	// for clients that are away or slow. Clients that keep up are served on.
	// What counts is what the Go runtime has in use, the rest of the program
	// included; the process is somewhat larger, so that a fifth of the machine's
	// or container's memory should stay free. The server does not call
	// debug.SetMemoryLimit, since that is for the program to decide: it should,
	// with the same value, so that garbage is collected before memory is short.
	// Default no cap.
	MaxMemory int
}

const noLimit = int(^uint(0) >> 1)

// withDefaults returns a copy with every default filled in and "no limit"
// spelled as the largest value.
func (l Limits) withDefaults() Limits {
	fill(&l.ConnectTimeout, 10*time.Second)
	fill(&l.MaxConnectSize, 64<<10)
	fill(&l.MaxPacketSize, 2<<20)
	fill(&l.MaxPayloadSize, noLimit)
	fill(&l.MaxPropertiesSize, 64<<10)
	fill(&l.MaxTopicLevels, 200)
	fill(&l.ReceiveMaximum, 1000)
	l.ReceiveMaximum = min(l.ReceiveMaximum, 65535)
	if l.TopicAliasMaximum < 0 {
		l.TopicAliasMaximum = 0
	} else {
		fill(&l.TopicAliasMaximum, 64)
	}
	l.TopicAliasMaximum = min(l.TopicAliasMaximum, 65535)
	if l.MaxInflight < 0 {
		l.MaxInflight = 65535
	}
	fill(&l.MaxQueuedMessages, 1000)
	fill(&l.MaxQueuedBytes, 16<<20)
	fill(&l.StallTimeout, 10*time.Second)
	fill(&l.MaxConnections, noLimit)
	fill(&l.MaxConnectionsPerAddress, noLimit)
	fill(&l.MaxRetained, 1_000_000)
	fill(&l.MaxRetainedBytes, 1<<30)
	fill(&l.MaxKeepAlive, time.Duration(noLimit))
	l.MaxKeepAlive = max(l.MaxKeepAlive, time.Second) // what MQTT can express
	fill(&l.MaxSessionExpiry, time.Duration(noLimit))
	fill(&l.MaxMemory, noLimit)
	return l
}

func fill[T ~int | ~int64](v *T, def T) {
	switch {
	case *v == 0:
		*v = def
	case *v < 0:
		*v = T(noLimit)
	}
}
