package conf

import (
	"errors"
	"strings"
	"testing"
)

// TestErrors: every line that is refused, with its number and a message.
func TestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		line int
		want string // the message contains it
	}{
		{"lisener 1883", 1, `unknown key "lisener"` + "\nhint: the nearest known key is listener"},
		{"port 1884\n  # no", 2, "a comment begins in the first column"},
		{"\tport 1", 1, "unknown key \"\\tport\""},
		{"port", 1, "port has no value"},
		{"port abc", 1, `port: "abc" is not a number`},
		{"port 0", 1, "port: 0 is not from 1 to 65535"},
		{"port 65536", 1, "65536 is not from 1"},
		{"port 1_000", 1, "is not a number"},
		{"port 0b11", 1, "is not a number"},
		{"port 18446744073709551617", 1, "is not a number"},
		{"max_connections 4294967296", 1, "is not from"},
		{"listener 65536", 1, "is not from 0 to 65535"},
		{"listener 0", 1, "needs the path of a Unix socket"},
		{"listener 0 # x", 1, "needs the path of a Unix socket"},
		{"listener 1883 a/b", 1, "neither an address nor a host name"},
		{"bind_address a b", 1, "neither an address nor a host name"},
		{"bind_address a\nbind_address b", 2, "was given before"},
		{"allow_anonymous", 1, "allow_anonymous has no value"},
		{"allow_anonymous yes", 1, `"yes" is neither true nor false`},
		{"allow_anonymous true\t", 1, "is neither true nor false"},
		{"password_file  \t", 1, "password_file has no value"},
		{"password_file " + strings.Repeat("x", 65536), 1, "longer than 65535 bytes"},
		{"password_file \xff", 1, "is not UTF-8"},
		{"password_file a\x00b", 1, "is not UTF-8"},
		{"auto_id_prefix a\nauto_id_prefix b", 2, "was given before"},
		{"auto_id_prefix " + strings.Repeat("x", 51), 1, "longer than 50 bytes"},
		{"[auth]\nauto_id_prefix = '" + strings.Repeat("x", 51) + "'", 2, "has 51 bytes"},
		{"connection a\ntopic # in 0 \"\" x", 2, "\"x#\" is not a topic filter"},
		{"persistence_location a\npersistence_location b", 2, "was given before"},
		{"persistence_location", 1, "has no value"},
		{"pid_file a\npid_file b", 2, "was given before"},
		{"per_listener_settings true\nallow_anonymous true", 2, "a listener must come first"},
		{"allow_anonymous true\nper_listener_settings true", 2, "write it at the beginning"},
		{"listener_allow_anonymous true", 1, "a listener must come first"},
		{"websockets_origin x", 1, "a listener must come first"},
		{"max_packet_size 19", 1, "19 is not from 20"},
		{"message_size_limit 268435456", 1, "is not from 0"},
		{"message_size_limit -1", 1, "is not from 0"},
		{"max_inflight_messages 65536", 1, "is not from 0"},
		{"max_keepalive 65536", 1, "is not from 0"},
		{"sys_interval 65536", 1, "is not from 0"},
		{"memory_limit -1", 1, "is not from 0"},
		{"persistent_client_expiration", 1, "has no value"},
		{"persistent_client_expiration 5", 1, "is not a time"},
		{"persistent_client_expiration 0d", 1, "is not a time"},
		{"persistent_client_expiration d", 1, "is not a time"},
		{"persistent_client_expiration 2147483647y", 1, "is not a time"},
		{"log_dest", 1, "has no value"},
		{"log_dest tape", 1, "use dlt, file, none"},
		{"log_dest file ", 1, "log_dest file has no value"},
		{"log_dest file a\nlog_dest file b", 2, "was given before"},
		{"log_type loud", 1, "is not a value of it"},
		{"listener 1\nmax_qos 3", 2, "3 is not from 0 to 2"},
		{"listener 1\nmax_topic_alias 65536", 2, "is not from 0"},
		{"listener 1\naccept_protocol_versions ,", 2, "has no value"},
		{"listener 1\naccept_protocol_versions 3.1", 2, "is not a version"},
		{"listener 1\nprotocol mqttsn", 2, "use http_api, mqtt, websockets"},
		{"listener 1\nsocket_domain unix", 2, "use ipv4, ipv6"},
		{"listener 1\nenable_proxy_protocol 3", 2, "is not from 1 to 2"},
		{"listener 1\ntls_version tlsv1", 2, "is not a value of it"},
		{"listener 1\ntls_version tlsv1.2\ntls_version tlsv1.2", 3, "was given before"},
		{"\nlistener 1\ncertfile x", 2, "belong together"},
		{"\nlistener 1\nkeyfile x", 2, "belong together"},
		{"listener 1\ncafile x", 1, "no certificate of the listener"},
		{"listener 1\nrequire_certificate true", 1, "client certificates are required"},
		{"listener 1\nenable_proxy_protocol 2\ncertfile a\nkeyfile b", 1, "the proxy has the certificate"},
		{"listener 1\nenable_proxy_protocol 2\nuse_subject_as_username true", 1, "does not carry the subject"},
		{"listener 0 /s\nprotocol websockets", 1, "plain MQTT only"},
		{"listener 0 /s\ncertfile a\nkeyfile b", 1, "plain MQTT only"},
		{"listener 1\nmount_point x", 2, "mount_point is not supported"},
		{"auth_opt_x y", 1, "use password_file and acl_file"},
		{"address x", 1, "a connection line must come first"},
		{"connection", 1, "has no value"},
		{"connection a\naddress h\ntopic #\nconnection a", 4, `"a" was given before`},
		{"\nconnection a\ntopic #", 2, "no address"},
		{"\nconnection a\naddress h", 2, "no topics"},
		{"connection a\naddress # h", 2, "has no value"},
		{"connection a\naddress h:0", 2, "is not HOST:PORT"},
		{"connection a\naddress h:x", 2, "is not HOST:PORT"},
		{"connection a\naddress :1", 2, "is not HOST:PORT"},
		{"connection a\naddress h\naddress i", 3, "was given before"},
		{"connection a\ntopic", 2, "has no value"},
		{"connection a\ntopic # up", 2, `"up" is not a direction`},
		{"connection a\ntopic # in 3", 2, `"3" is not a QoS`},
		{"connection a\ntopic # in 1 a+ b", 2, "has a wildcard"},
		{"connection a\ntopic # in 1 a/ b#", 2, "has a wildcard"},
		{"connection a\ntopic a# in", 2, "is not a topic filter"},
		{"connection a\ntopic #/a in", 2, "is not a topic filter"},
		{"connection a\ntopic \"\" in 0 a", 2, "both prefixes are needed"},
		{"connection a\ntopic \"a b", 2, "the closing quote is missing"},
		{"connection a\nstart_type manual", 2, "use automatic, lazy, once"},
		{"connection a\nbridge_reload_type x", 2, "is not a value"},
		{"connection a\nbridge_protocol_version 5", 2, "use mqttv31"},
		{"connection a\nbridge_receive_maximum 0", 2, "is not from 1"},
		{"connection a\nkeepalive_interval 65536", 2, "is not from 5"},
		{"connection a\nrestart_timeout", 2, "has no value"},
		{"connection a\nrestart_timeout 10 5", 2, "less than the first"},
		{"connection a\nrestart_timeout 10 x", 2, "is not a number"},
		{"connection a\nrestart_timeout 10 20 -1", 2, "is not from 0"},
		{"connection a\nremote_password a\npassword b", 3, "was given before"},
		{"connection a\naddress h\ntopic #\nlocal_clientid x\nconnection b\naddress h\ntopic #\nlocal_clientid x", 5, "local client identifier of another bridge"},
		{"connection a\naddress h\ntopic #\nbridge_certfile x", 1, "belong together"},
		{"connection a\nbridge_psk 00", 2, "use certificates"},

		{"[auth]\nusers = 'x'", 2, `unknown key "auth.users"` + "\nhint: the nearest known key is auth."},
		{"[[listeners]]\nurl = 'mqtt://h:1'\nmax_conections = 1", 3, "the nearest known key is listeners.max_connections"},
		{"[limit]\nmax_inflight = 1", 1, "unknown key"},
		{"sys_interval = 'x'", 1, "sys_interval: "},
		{"[limits]\nmax_inflight = 1.5", 2, "limits.max_inflight: "},
		{"[limits]\nmax_inflight = 70000", 2, "70000 is not from -1 to 65535"},
		{"[limits]\n\nconnect_timeout = nan", 3, "is not from"},
		{"[limits]\nconnect_timeout = -0.5", 2, "is not from"},
		{"[limits]\nmax_packet_size = 7", 2, "too small for a packet"},
		{"[persistence]\nsync = 'interval=0s'", 2, "is not one of always, os, interval=TIME"},
		{"x", 1, "unknown key"},
		{"x = ", 1, ""},
		{"[log]\nlevel = 'loud'", 2, "log.level: \"loud\" is not one of none, error"},
		{"[log]\ndestinations = ['file']", 1, "log.file: a path and"},
		{"[log]\nfile = 'x'", 2, "log.file: a path and"},
		{"[auth]\nauth_url = 'ftp://x'", 2, `the scheme "ftp"`},
		{"[auth]\nauth_url = 'http://u:(redacted)@x'", 2, "was left out"},
		{"[[listeners]]\nurl = 'mqtt://h:1'\n[[listeners]]\n\nurl = 'tcp://h:1'", 5, `listeners[1].url: the scheme "tcp" is not one of mqtt`},
		{"[[listeners]]\nmax_qos = 1", 1, "listeners[0].url: "},
		{"[[listeners]]\nurl = 'mqtt:'", 2, "neither host nor port"},
		{"[[listeners]]\nurl = 'mqtt://h:99999'", 2, "a port that"},
		{"[[listeners]]\nurl = '%'", 2, "is not a URL"},
		{"[[listeners]]\nurl = 'unix://s'", 2, "names no socket"},
		{"[[listeners]]\nurl = 'mqtt://h:1'\nproxy_trusted = ['10.0.0.0/8', 'x']", 3, "no network"},
		{"[[listeners]]\nurl = 'mqtt://h:1'\nversions = [2]", 3, "2 is not from 3 to 5"},
		{"[[listeners]]\nurl = 'mqtt://h:1'\nmax_qos = 3", 3, "3 is not from 0 to 2"},
		{"[[listeners]]\nurl = 'mqtt://h:1'\n[listeners.tls]\ncert = 'a'\nkey = 'b'", 2, "does not encrypt"},
		{"[[listeners]]\nurl = 'mqtts://h:1'\n\n[listeners.tls]\ncert = 'a'", 4, "belong together"},
		{"[[bridges]]\nname = 'a'\naddresses = ['h']", 3, "is not HOST:PORT"},
		{"[[bridges]]\nname = 'a'\naddresses = ['h:0']", 3, "is not a port"},
		{"[[bridges]]\naddresses = ['h:1']", 1, "needs a name"},
		{"[[bridges]]\nname = 'a'\naddresses = ['h:1']\n[[bridges.topics]]\npattern = '#'\n[[bridges.topics]]\npattern = '#'\nqos = 3", 8, "bridges[0].topics[1].qos"},
		{"[[bridges]]\nname = 'a'\naddresses = ['h:1']\nremote_password = '(redacted)'", 4, "was left out"},
		{"[[bridges]]\nname = 'a'\naddresses = ['h:1']\ntopics = [{pattern = '#'}]\n[[bridges]]\nname = 'a'\naddresses = ['h:1']\ntopics = [{pattern = '#'}]", 6, "name of another"},
		{"[[bridges]]\nname = 'a'\naddresses = ['h:1']\nrestart_min = 9\nrestart_max = 5\ntopics = [{pattern = '#'}]", 5, "is less"},
		{"pid_file = \"a\\u0000b\"", 1, "NUL"},
	}
	for _, tc := range tests {
		_, _, err := Parse("f", []byte(tc.text))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("Parse(%.60q) = %v, want an Error", tc.text, err)
			continue
		}
		if e.File != "f" || e.Line != tc.line || !strings.Contains(e.Error(), tc.want) {
			t.Errorf("Parse(%.60q) = %v, want line %d and %q", tc.text, err, tc.line, tc.want)
		}
		if strings.Count(e.Error(), "\n") > 1 {
			t.Errorf("Parse(%.60q) = %q, want two lines at most", tc.text, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []string
	}{
		{"user mosquitto", []string{"f:1: user is not supported: the process stays the user that started it"}},
		{"listener 1\nlog_dest syslog\nlog_dest dlt\nlog_type subscribe\ntls_version tlsv1.1", []string{
			"f:2: log_dest syslog is not supported: the log goes to standard error",
			"f:3: log_dest dlt is not supported: the log goes to standard error",
			"f:4: log_type subscribe is not supported: log_type debug has that too",
			"f:5: tls_version tlsv1.1 is not supported: the oldest version is TLS 1.2",
		}},
		{"listener 1\nallow_anonymous true", nil},
	}
	for _, tc := range tests {
		_, warnings := load(t, tc.text)
		var got []string
		for _, w := range warnings {
			got = append(got, w.String())
		}
		equal(t, "warnings", got, tc.want)
	}
	for _, k := range keyTable {
		text := k.name + " 1"
		_, w, err := Parse("f", []byte(text))
		if (k.kind == ignored) != (len(w) == 1) || k.kind == refused && err == nil {
			t.Errorf("Parse(%q) = %v, %v", text, w, err)
		}
	}
}
