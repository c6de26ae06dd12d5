package conf

import (
	"testing"
)

// TestValues: how mosquitto's lines are read.
func TestValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       func(*Config)
	}{
		{"byte order mark", "\ufeffsys_interval 5", func(c *Config) { c.SysInterval = 5 }},
		{"carriage returns, blank lines", "\r\n# c\r\nsys_interval 5\r\n\r\n", func(c *Config) { c.SysInterval = 5 }},
		{"spaces", "   \n  sys_interval   5  # rest", func(c *Config) { c.SysInterval = 5 }},
		{"hexadecimal and octal", "sys_interval 0x10\nmax_keepalive 010", func(c *Config) { c.SysInterval, c.Limits.MaxKeepAlive = 16, 8 }},
		{"text to the end of the line", "pid_file  a b # c \t", func(c *Config) { c.PIDFile = "a b # c" }},
		{"last value wins", "sys_interval 5\nsys_interval 6\npassword_file a\npassword_file b", func(c *Config) { c.SysInterval, c.Auth.PasswordFile = 6, "b" }},
		{"persistence off", "persistence false\npersistence_location x", func(*Config) {}},
		{"persistence here", "persistence true", func(c *Config) { c.Persistence.Location = "." }},
		{"log_dest none", "log_dest stderr\nlog_dest none", func(c *Config) { c.Log.Destinations = []string{"none"} }},
		{"log_dest after none", "log_dest none\nlog_dest topic\nlog_dest stdout\nlog_dest topic", func(c *Config) { c.Log.Destinations = []string{"stdout", "topic"} }},
		{"log_type all", "log_type error\nlog_type all", func(c *Config) { c.Log.Level = "debug" }},
		{"log_type none", "log_type all\nlog_type none", func(c *Config) { c.Log.Level = "none" }},
		{"log_type after none", "log_type all\nlog_type none\nlog_type warning\nlog_type error", func(c *Config) { c.Log.Level = "warn" }},
		{"only log_type subscribe", "log_type subscribe\nlog_type internal", func(c *Config) { c.Log.Level = "none" }},
		{"expiry", "persistent_client_expiration 2m", func(c *Config) { c.Limits.MaxSessionExpiry = 60 * 86400 }},
		{"negative is no limit", "max_queued_messages -5\nmax_inflight_messages -1", func(c *Config) { c.Limits.MaxQueuedMessages, c.Limits.MaxInflight = -1, -1 }},
		{"per_listener_settings stays", "per_listener_settings true\nper_listener_settings maybe", func(*Config) {}},
		{"several ports", "port 1\nport 2\nmax_connections -1", func(c *Config) {
			c.Listeners = []Listener{{URL: "mqtt://:2"}}
			c.Auth.AllowAnonymous = new(false)
		}},
		{"TLS at the proxy", "listener 1\nenable_proxy_protocol 2\nrequire_certificate true", func(c *Config) {
			c.Listeners = []Listener{{URL: "mqtt://:1", ProxyProtocol: 2, TLS: TLS{RequireCertificate: true}}}
			c.Auth.AllowAnonymous = new(false)
		}},
		{"encrypted protocols", "listener 1\nprotocol websockets\ncertfile a\nkeyfile b\nlistener 2\ncertfile a\nkeyfile b\nprotocol http_api", func(c *Config) {
			pair := TLS{Cert: "a", Key: "b"}
			c.Listeners = []Listener{{URL: "wss://:1", WSPath: "*", Origins: []string{"*"}, TLS: pair}, {URL: "https://:2", TLS: pair}}
			c.Auth.AllowAnonymous = new(false)
		}},
		{"restart_timeout", "connection a\naddress h\ntopic #\nrestart_timeout 20\nconnection b\naddress h\ntopic # IN # 1\nrestart_timeout 0 9999", func(c *Config) {
			c.Bridges = []Bridge{
				{Name: "a", Addresses: []string{"h:1883"}, RestartMin: 20, RestartMax: 20, Topics: []BridgeTopic{{Pattern: "#"}}},
				{Name: "b", Addresses: []string{"h:1883"}, RestartMin: 1, RestartMax: 7200, Topics: []BridgeTopic{{Pattern: "#", Direction: "in"}}},
			}
		}},
		{"TOML seconds", "[limits]\nconnect_timeout = 2\nstall_timeout = 0.5", func(c *Config) { c.Limits.ConnectTimeout, c.Limits.StallTimeout = 2, 0.5 }},
		{"TOML after a comment", "# c\n\n  [limits]\nqueue_qos0 = true", func(c *Config) { c.Limits.QueueQoS0 = true }},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, _ := load(t, tc.text)
			var want Config
			tc.want(&want)
			equal(t, "Parse", got, want)
		})
	}
}
