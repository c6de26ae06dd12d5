package broker

import (
	"context"
	"errors"
	"log/slog"

	"mqt/internal/mqtt"
)

// closeReason is why a connection ended, as counters and logs name it.
type closeReason uint8

const (
	closedOther        closeReason = iota // what has no name here
	closedByClient                        // DISCONNECT
	closedWithWill                        // DISCONNECT that asks for the will
	closedLost                            // the client closed without DISCONNECT
	closedNetwork                         // reading or writing failed
	closedNoConnect                       // no CONNECT in time
	closedSilent                          // keep alive
	closedStalled                         // the client took nothing
	closedTakenOver                       // by another connection
	closedShutdown                        // the server ended
	closedKicked                          // by an administrator
	closedStore                           // the store failed
	closedMalformed                       // a packet that cannot be parsed
	closedProtocol                        // a packet that is not permitted
	closedTooLarge                        // a packet above a limit
	closedTopic                           // a topic that is invalid or an alias that is
	closedQuota                           // more than a limit allows
	closedVersion                         // a protocol version that is not supported
	closedClientID                        // a client identifier that is not valid
	closedCredentials                     // bad user name or password
	closedUnauthorized                    // not authorized, or banned
	closedAuthMethod                      // an authentication method that is not known
	closedDefect                          // a panic
	closeReasons
)

var closeNames = [closeReasons]string{
	"other", "disconnect", "disconnect_with_will", "lost", "network_error", "connect_timeout", "keep_alive_timeout", "stalled",
	"taken_over", "server_shutting_down", "kicked", "store_failed", "malformed_packet", "protocol_error", "packet_too_large",
	"topic_invalid", "quota_exceeded", "unsupported_version", "client_id_not_valid", "bad_user_name_or_password", "not_authorized",
	"bad_authentication_method", "defect",
}

// closeReasonOf names the reason that a connection ended with.
func closeReasonOf(err error) closeReason {
	switch {
	case errors.Is(err, errGoodbye):
		return closedByClient
	case errors.Is(err, errGoodbyeWill):
		return closedWithWill
	case errors.Is(err, errLost):
		return closedLost
	case errors.Is(err, errNoConnect):
		return closedNoConnect
	case errors.Is(err, errStalled):
		return closedStalled
	case errors.Is(err, errStore):
		return closedStore
	case errors.Is(err, errPanicked):
		return closedDefect
	}
	if re, ok := asReason(err); ok {
		return closeReasonOfCode(re.Code)
	}
	return closedNetwork
}

func closeReasonOfCode(code mqtt.ReasonCode) closeReason {
	switch code {
	case mqtt.KeepAliveTimeout:
		return closedSilent
	case mqtt.SessionTakenOver:
		return closedTakenOver
	case mqtt.ServerShuttingDown:
		return closedShutdown
	case mqtt.AdministrativeAction:
		return closedKicked
	case mqtt.MalformedPacket:
		return closedMalformed
	case mqtt.ProtocolError:
		return closedProtocol
	case mqtt.PacketTooLarge:
		return closedTooLarge
	case mqtt.TopicNameInvalid, mqtt.TopicFilterInvalid, mqtt.TopicAliasInvalid:
		return closedTopic
	case mqtt.QuotaExceeded, mqtt.ReceiveMaximumExceeded:
		return closedQuota
	case mqtt.UnsupportedProtocolVersion:
		return closedVersion
	case mqtt.ClientIdentifierNotValid:
		return closedClientID
	case mqtt.BadUserNameOrPassword:
		return closedCredentials
	case mqtt.NotAuthorized, mqtt.Banned:
		return closedUnauthorized
	case mqtt.BadAuthenticationMethod:
		return closedAuthMethod
	}
	return closedOther
}

// logs reports whether connection events are logged.
func (s *Server) logs() bool { return s.log.Enabled(context.Background(), slog.LevelInfo) }

// announce makes it known that the client is connected.
func (c *conn) announce(present bool) {
	s := c.srv
	n := s.stats.clients.Add(1)
	for m := s.stats.maximum.Load(); n > m && !s.stats.maximum.CompareAndSwap(m, n); m = s.stats.maximum.Load() {
	}
	if s.logs() {
		s.log.Info("client connected", c.attrs(c.info, "version", c.version.String(), "session_present", present)...)
	}
	if t := s.Trace; t != nil && t.Connected != nil {
		t.Connected(c.info)
	}
	c.mu.Lock()
	late, why := c.detached, c.reason // by the end of the server
	c.announced = !late
	c.mu.Unlock()
	if late {
		c.left(why)
	}
}

// left makes it known that a client that was announced is not connected any more.
func (c *conn) left(why error) {
	s := c.srv
	s.stats.clients.Add(-1)
	if s.logs() {
		s.log.Info("client disconnected", c.attrs(c.info, "reason", closeNames[closeReasonOf(why)], "detail", why.Error())...)
	}
	if t := s.Trace; t != nil && t.Disconnected != nil {
		t.Disconnected(c.info, why)
	}
}

// logUnaccepted logs the end of a connection whose client was never accepted.
func (c *conn) logUnaccepted(info *ConnectInfo, why error) {
	if c.srv.logs() {
		c.srv.log.Info("connection closed before CONNECT was accepted",
			c.attrs(info, "reason", closeNames[closeReasonOf(why)], "detail", why.Error())...)
	}
}

// attrs returns what log records about the connection begin with: who, from
// where, to which listener. info is nil before CONNECT.
func (c *conn) attrs(info *ConnectInfo, more ...any) []any {
	if info == nil {
		info = &ConnectInfo{Remote: c.lk.remote()}
	}
	return append(info.attrs(), more...)
}

// attrs returns the client for a log record; what is not known is left out.
func (c *ConnectInfo) attrs() []any {
	var out []any
	if c.ClientID != "" {
		out = append(out, "client", c.ClientID)
	}
	if c.HasUsername || c.Username != "" {
		out = append(out, "user", c.Username)
	}
	out = append(out, "remote", c.Remote)
	if c.Listener != "" {
		out = append(out, "listener", c.Listener)
	}
	return out
}
