package compat

import (
	"time"

	"mqt/internal/mqtt"
)

// Program is one of the clients.
type Program uint8

// The clients.
const (
	Pub Program = 1 << iota // mosquitto_pub
	Sub                     // mosquitto_sub
	RR                      // mosquitto_rr
)

// String returns the program's name.
func (p Program) String() string {
	switch p {
	case Pub:
		return "mosquitto_pub"
	case RR:
		return "mosquitto_rr"
	}
	return "mosquitto_sub"
}

// Input says where what is published comes from.
type Input uint8

// The inputs.
const (
	NoInput  Input = iota // nothing was given
	Message               // -m
	File                  // -f
	StdinAll              // -s
	Lines                 // -l
	Null                  // -n
)

// NeverExpires is the session expiry interval of a session that is never
// discarded, MQTT 5.0 section 3.1.2.11.2.
const NeverExpires = 1<<32 - 1

// Options are what a command line asks for, checked.
type Options struct {
	Host    string // a socket's path when Port is 0
	Port    int    // as given; see Address
	HasPort bool   // -p, --unix or the URL's
	WS      bool
	Bind    string // -A
	Proxy   string // a socks5h URL, empty for none
	NoDelay bool

	ID       string
	HasID    bool
	IDPrefix string
	// HasIDPrefix is set by -I; an empty prefix makes the process number the
	// identifier.
	HasIDPrefix bool
	Clean       bool
	// SessionExpiry is -x, with -c NeverExpires unless it is given; it counts
	// in MQTT 5 only.
	SessionExpiry uint32
	KeepAlive     time.Duration
	Version       mqtt.Version
	Username      string
	HasUsername   bool
	Password      string
	HasPassword   bool
	Inflight      int

	ConnectProps, PublishProps, SubscribeProps       mqtt.Properties
	UnsubscribeProps, DisconnectProps, WillProps     mqtt.Properties
	WillTopic, WillPayload                           string
	WillQoS                                          mqtt.QoS
	WillRetain, HasWillTopic, HasWillPayload         bool
	CAFile, CAPath, Cert, Key, Ciphers, ALPN, KeyLog string
	TLSVersion, Keyform, Engine, EngineKeySHA1       string
	PSK, PSKIdentity                                 string
	OSCerts, Insecure, NoTLS, HasTLSFiles            bool

	Debug, Quiet bool

	Topics      []string
	QoS         mqtt.QoS
	Input       Input
	Message     string // of Message
	File        string // of File
	Retain      bool
	Repeat      int
	RepeatDelay time.Duration

	Unsubscribe       []string
	FilterOut         []string
	Verbose           bool
	Format            string
	HasFormat         bool
	NoNewline         bool
	Pretty            bool
	Count             int           // -C; 0: no limit
	Timeout           time.Duration // -W; 0: none
	SubackOnly        bool
	DropRetained      bool
	RetainHandling    mqtt.RetainHandling
	RetainAsPublished bool
	RetainedOnly      bool
	RemoveRetained    bool
	RandomFilter      float64 // per cent
	Watch             bool
	MessageRate       bool

	ResponseTopic string // -e
	Latency       bool
}

// The ports of MQTT.
const (
	plainPort  = 1883
	securePort = 8883
)

// Secure reports whether the connection is one of TLS: by an option, or by
// the port that is registered for it.
func (o *Options) Secure() bool {
	return !o.NoTLS && (o.CAFile != "" || o.CAPath != "" || o.OSCerts || o.PSK != "" || o.Port == securePort)
}

// Address returns the port to connect to: the one that was given, else the
// default one. It is 0 for a Unix socket.
func (o *Options) Address() int {
	switch {
	case o.HasPort:
		return o.Port
	case !o.NoTLS && (o.CAFile != "" || o.CAPath != "" || o.PSK != ""):
		return securePort
	}
	return plainPort
}

func defaults(program Program) *Options {
	o := &Options{Host: "localhost", Clean: true, KeepAlive: time.Minute, Version: mqtt.V311,
		Inflight: 20, Repeat: 1, RandomFilter: 100}
	if program == RR {
		o.Version = mqtt.V5
	}
	return o
}
