package daemon

import (
	"log/slog"
	"strings"
	"time"

	"mqt/broker"
	"mqt/internal/compat/conf"
)

// newServer returns a broker with the configuration's limits.
func newServer(c conf.Config, log *slog.Logger) *broker.Server {
	l := c.Limits
	return &broker.Server{
		Logger:         log,
		SysInterval:    c.SysInterval.Duration(),
		RefuseRetained: l.RetainAvailable != nil && !*l.RetainAvailable,
		QueueQoS0:      l.QueueQoS0,
		UpgradeQoS:     l.UpgradeQoS,
		Limits: broker.Limits{
			ConnectTimeout:           l.ConnectTimeout.Duration(),
			StallTimeout:             l.StallTimeout.Duration(),
			MaxKeepAlive:             l.MaxKeepAlive.Duration(),
			MaxSessionExpiry:         l.MaxSessionExpiry.Duration(),
			MaxConnections:           l.MaxConnections,
			MaxConnectionsPerAddress: l.MaxConnectionsPerAddress,
			MaxConnectSize:           l.MaxConnectSize,
			MaxPacketSize:            l.MaxPacketSize,
			MaxPropertiesSize:        l.MaxPropertiesSize,
			MaxTopicLevels:           l.MaxTopicLevels,
			ReceiveMaximum:           l.ReceiveMaximum,
			TopicAliasMaximum:        l.TopicAliasMaximum,
			MaxInflight:              l.MaxInflight,
			MaxQueuedMessages:        l.MaxQueuedMessages,
			MaxQueuedBytes:           l.MaxQueuedBytes,
			MaxRetained:              l.MaxRetained,
			MaxRetainedBytes:         l.MaxRetainedBytes,
			MaxPayloadSize:           l.MaxPayloadSize,
			MaxMemory:                l.MaxMemory,
		},
	}
}

// serverOptions returns the settings of listener i.
func serverOptions(c *conf.Config, i int) broker.ListenerOptions {
	l := &c.Listeners[i]
	a := authOf(c, l)
	o := broker.ListenerOptions{
		Name:                listenerName(c, i),
		MaxConnections:      l.MaxConnections,
		TopicAliasMaximum:   l.TopicAliasMaximum,
		UsernameAsClientID:  l.UseUsernameAsClientID,
		AssignedIDPrefix:    a.AutoIDPrefix,
		RefuseEmptyClientID: a.AllowEmptyClientID != nil && !*a.AllowEmptyClientID,
		ClientIDPrefix:      c.ClientIDPrefix,
		NoDelay:             c.TCPNoDelay,
	}
	if l.MaxQoS != nil && *l.MaxQoS < 2 {
		o.MaxQoS = *l.MaxQoS
		if o.MaxQoS == 0 {
			o.MaxQoS = -1 // 0 is the default there
		}
	}
	for _, v := range l.Versions { // the numbers are the protocol's own
		o.Versions = append(o.Versions, broker.Version(v))
	}
	return o
}

// storeOptions reads always, os or interval=TIME, which was checked.
func storeOptions(sync string) broker.StoreOptions {
	every, isInterval := strings.CutPrefix(sync, "interval=")
	switch {
	case sync == "os":
		return broker.StoreOptions{Sync: broker.SyncOS}
	case isInterval:
		d, _ := time.ParseDuration(every)
		return broker.StoreOptions{Sync: broker.SyncInterval, Interval: d}
	}
	return broker.StoreOptions{}
}
