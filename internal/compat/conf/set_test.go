package conf

import "testing"

func TestSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		key, text string
		want      func(c *Config)
	}{
		{"limits.max_packet_size", "100", func(c *Config) { c.Limits.MaxPacketSize = 100 }},
		{"limits.max_memory", "2G", func(c *Config) { c.Limits.MaxMemory = 2 << 30 }},
		{"limits.max_queued_bytes", "16k", func(c *Config) { c.Limits.MaxQueuedBytes = 16 << 10 }},
		{"limits.max_connections", "-1", func(c *Config) { c.Limits.MaxConnections = -1 }},
		{"limits.stall_timeout", "1m30s", func(c *Config) { c.Limits.StallTimeout = 90 }},
		{"limits.stall_timeout", "0.5", func(c *Config) { c.Limits.StallTimeout = 0.5 }},
		{"sys_interval", "-1", func(c *Config) { c.SysInterval = -1 }},
		{"auth.allow_anonymous", "false", func(c *Config) { c.Auth.AllowAnonymous = new(false) }},
		{"tls_dev", "true", func(c *Config) { c.TLSDev = true }},
		{"log.format", "json", func(c *Config) { c.Log.Format = "json" }},
		{"persistence.sync", "os", func(c *Config) { c.Persistence.Sync = "os" }},
	}
	for _, tc := range tests {
		var got, want Config
		if err := Set(&got, tc.key, tc.text); err != nil {
			t.Errorf("Set %s to %q: %v", tc.key, tc.text, err)
		}
		tc.want(&want)
		equal(t, "Set "+tc.key, got, want)
	}
}

// TestSetList: a list grows, and not in the hands of somebody else.
func TestSetList(t *testing.T) {
	t.Parallel()
	var c Config
	for _, id := range []string{"a", "b"} {
		if err := Set(&c, "log.trace_clients", id); err != nil {
			t.Fatal(err)
		}
	}
	copied := c
	if err := Set(&copied, "log.trace_clients", "c"); err != nil {
		t.Fatal(err)
	}
	if err := Set(&c, "log.trace_clients", "d"); err != nil {
		t.Fatal(err)
	}
	equal(t, "list", c.Log.TraceClients, []string{"a", "b", "d"})
	equal(t, "copy", copied.Log.TraceClients, []string{"a", "b", "c"})
}

func TestSetErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ key, text, want string }{
		{"limits.max_retained", "few", "is not a number from 0, or -1"},
		{"limits.max_retained", "", "is not a number from 0, or -1"},
		{"limits.max_retained", "-2", "is not a number from 0, or -1"},
		{"limits.max_retained", "1k", "is not a number from 0, or -1"},
		{"limits.max_retained", "99999999999999999999", "is not a number from -1 to 2147483647"},
		{"limits.receive_maximum", "65536", "is not a number from -1 to 65535"},
		{"limits.max_memory", "9999999999999G", "is not a number from -1 to 9007199254740992"},
		{"limits.max_memory", "-1G", "is not a number from 0, or -1"},
		{"limits.max_memory", "G", "is not a number from 0, or -1"},
		{"limits.stall_timeout", "soon", "is neither a number of seconds nor a duration such as 300ms"},
		{"limits.stall_timeout", "-2s", "is out of range"},
		{"limits.stall_timeout", "NaN", "is out of range"},
		{"limits.stall_timeout", "86401", "86401 is not from -1 to 86400"},
		{"log.format", "xml", `"xml" is not one of text, json`},
		{"tls_dev", "maybe", "is neither true nor false"},
		{"auth.auth_url", "ftp://x", `the scheme "ftp" is not one of http, https`},
	}
	for _, tc := range tests {
		var c Config
		if err := Set(&c, tc.key, tc.text); err == nil || err.Error() != tc.want {
			t.Errorf("Set %s to %q = %v, want %s", tc.key, tc.text, err, tc.want)
		}
		equal(t, "after the error", c, Config{})
	}
}
