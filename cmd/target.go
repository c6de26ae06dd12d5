package cmd

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// target is a broker and how to reach it: what connOptions come to.
type target struct {
	URL       *url.URL // of the broker, without what follows the host in mqtt URLs
	Topic     string   // what followed it
	Transport transport.Options
	Client    client.Options // lacks Dial and Events
	closer    io.Closer      // the TLS key log
}

// target reads the files the flags name and puts everything together.
func (o *connOptions) target(getpid func() int) (*target, error) {
	t := &target{closer: io.NopCloser(nil)}
	if err := o.locate(t); err != nil {
		return nil, err
	}
	if err := o.transport(t); err != nil {
		return nil, err
	}
	t.Client = client.Options{
		Version:         o.Version.Number,
		ClientID:        o.ID,
		CleanStart:      !o.Persistent,
		KeepAlive:       time.Duration(o.KeepAlive) * time.Second,
		Will:            o.will(),
		Props:           o.Props.Connect,
		DisconnectProps: o.Props.Disconnect,
		Inflight:        o.Inflight,
		ConnectTimeout:  o.ConnectTimeout.duration(),
		RetryConnect:    o.RetryConnect,
	}
	if o.IDPrefix != "" {
		t.Client.ClientID = o.IDPrefix + strconv.Itoa(getpid())
	}
	if o.KeepAlive == 0 {
		t.Client.KeepAlive = -1
	}
	if len(o.NeedV5) > 0 && t.Client.Version == 0 {
		t.Client.Version = mqtt.V5
	}
	o.session(t)
	if err := o.credentials(t); err != nil {
		return nil, err
	}
	return t, o.authentication(t)
}

// session adds how long the session outlives the connection.
func (o *connOptions) session(t *target) {
	c := &t.Client
	switch {
	case o.SessionExpiry.Given && o.SessionExpiry.Seconds > 0:
		c.Props.SetUint(mqtt.PropSessionExpiry, o.SessionExpiry.Seconds)
	case o.Persistent && !o.SessionExpiry.Given:
		c.KeepSession = true
	}
}

func (o *connOptions) will() *mqtt.Message {
	if o.Will.Topic == "" {
		return nil
	}
	return &mqtt.Message{Topic: o.Will.Topic, Payload: []byte(o.Will.Payload), QoS: mqtt.QoS(o.Will.QoS),
		Retain: o.Will.Retain, Props: o.Props.Will}
}

// locate finds out where the broker is.
func (o *connOptions) locate(t *target) error {
	var err error
	if t.URL, err = transport.ParseURL(o.address()); err != nil {
		return &usageError{err}
	}
	if o.SRV {
		t.URL.Host = t.URL.Hostname() // for the records say the port
	} else if o.URL != "" && o.Port != 0 && t.URL.Scheme != "unix" { // a flag for what a profile says
		t.URL.Host = net.JoinHostPort(t.URL.Hostname(), strconv.Itoa(o.Port))
	}
	secure := t.URL.Scheme == "mqtts" || t.URL.Scheme == "wss"
	switch {
	case o.TLS.wanted() && t.URL.Scheme == "unix":
		return usagef("TLS flags do not go with a Unix socket")
	case o.TLS.wanted() && !secure && o.URL != "":
		return usagef("-L %s:// is without TLS, but a TLS flag is given\nhint: write -L %ss://…, or add --no-tls",
			t.URL.Scheme, t.URL.Scheme)
	}
	if t.URL.Scheme == "mqtt" || t.URL.Scheme == "mqtts" {
		t.Topic, err = urlTopic(o.URL)
		if err != nil {
			return usagef("-L: topic: %w", err)
		}
		t.URL.Path, t.URL.RawPath, t.URL.RawQuery, t.URL.Fragment, t.URL.RawFragment = "", "", "", "", ""
	}
	return nil
}

// address returns the broker as a URL, from -L or put together.
func (o *connOptions) address() string {
	switch {
	case o.URL != "":
		return o.URL
	case o.Unix != "":
		path := o.Unix
		if !strings.HasPrefix(path, "/") {
			if wd, err := os.Getwd(); err == nil {
				path = wd + "/" + path
			}
		}
		return (&url.URL{Scheme: "unix", Path: path}).String()
	}
	scheme := "mqtt"
	secure := o.TLS.wanted() || o.Port == 8883 && !o.TLS.Off
	switch {
	case o.WS && secure:
		scheme = "wss"
	case o.WS:
		scheme = "ws"
	case secure:
		scheme = "mqtts"
	}
	host := strings.TrimSuffix(strings.TrimPrefix(o.Host, "["), "]")
	if strings.Contains(host, ":") {
		host = "[" + strings.ReplaceAll(host, "%", "%25") + "]"
	}
	if o.Port != 0 {
		host += ":" + strconv.Itoa(o.Port)
	}
	return scheme + "://" + host
}

// urlTopic returns what follows the host of a URL as a topic: everything after
// the slash, percent-decoded; ? and # have no special meaning.
func urlTopic(s string) (string, error) {
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		return "", nil
	}
	_, topic, _ := strings.Cut(rest, "/")
	decoded, err := url.PathUnescape(topic)
	if err != nil {
		wrong := strings.TrimPrefix(err.Error(), "invalid URL escape ")
		return "", fmt.Errorf("%s is no escape\nhint: write %%25 for a per cent sign", wrong)
	}
	return decoded, nil
}

func (o *connOptions) transport(t *target) error {
	t.Transport = transport.Options{LocalAddr: o.Bind, SRV: o.SRV, NoDelay: o.NoDelay, WSPath: o.WSPath}
	if t.URL.Scheme == "mqtts" || t.URL.Scheme == "wss" {
		var err error
		if t.Transport.TLS, t.closer, err = o.TLS.config(); err != nil {
			return err
		}
	}
	if o.Proxy != "" {
		u, err := url.Parse(o.Proxy)
		if err != nil || u.Host == "" || u.Scheme != "socks5" && u.Scheme != "socks5h" {
			return usagef("--proxy is not of the form socks5h://[user:password@]host[:port]")
		}
		t.Transport.Proxy = u
	}
	for _, line := range o.WSHeader {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return usagef("--ws-header is not of the form \"Name: value\"") // it may be a token
		}
		if t.Transport.WSHeader == nil {
			t.Transport.WSHeader = http.Header{}
		}
		t.Transport.WSHeader.Add(name, strings.TrimSpace(value))
	}
	return nil
}

// credentials takes user and password from the flags, the password file, or
// the URL, in that order.
func (o *connOptions) credentials(t *target) error {
	if u := t.URL.User; u != nil {
		t.Client.Username = u.Username()
		if password, ok := u.Password(); ok {
			t.Client.Password = []byte(password)
		}
		t.URL.User = nil
	}
	if o.Username != "" {
		t.Client.Username = o.Username
	}
	if o.HasPassword {
		t.Client.Password = []byte(o.Password)
	}
	if o.PasswordFile == "" {
		return nil
	}
	line, err := firstLineOf(o.PasswordFile)
	if err != nil {
		return fmt.Errorf("--password-file: %w", err)
	}
	t.Client.Password = line
	return nil
}

// String returns the broker's URL for people, without user and password.
func (t *target) String() string {
	if t.URL.Scheme == "unix" {
		return "unix://" + t.URL.Path
	}
	return t.URL.Scheme + "://" + t.URL.Host
}
