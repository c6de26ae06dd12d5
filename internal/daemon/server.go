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
		Logger:      log,
		SysInterval: c.SysInterval.Duration(),
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
		},
	}
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
