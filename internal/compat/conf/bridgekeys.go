package conf

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

func (r *reader) connection(value string) error {
	name, _, err := r.parseWord("connection", value)
	if err != nil {
		return err
	}
	for _, b := range r.c.Bridges {
		if b.Name == name {
			return r.at.errorf(fmt.Sprintf("connection %q was given before", name), "choose another name")
		}
	}
	r.bridge = len(r.c.Bridges)
	r.c.Bridges = append(r.c.Bridges, Bridge{Name: name})
	r.bridgeAt = append(r.bridgeAt, r.at)
	return nil
}

func (r *reader) currentBridge() *Bridge { return &r.c.Bridges[r.bridge] }

// addresses reads HOST[:PORT] …; # begins a comment.
func (r *reader) addresses(value string) error {
	b := r.currentBridge()
	if len(b.Addresses) > 0 {
		return r.at.errorf("address was given before", "write all addresses in one line")
	}
	for w, rest := word(value); w != "" && w[0] != '#'; w, rest = word(rest) {
		host, port := w, "1883"
		if i := strings.LastIndexByte(w, ':'); i >= 0 {
			host, port = w[:i], w[i+1:]
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || host == "" {
			return r.at.errorf(fmt.Sprintf("address: %q is not HOST:PORT", w), "the port is a number from 1 to 65535")
		}
		b.Addresses = append(b.Addresses, net.JoinHostPort(strings.Trim(host, "[]"), port))
	}
	if len(b.Addresses) == 0 {
		return r.at.errorf("address has no value", "")
	}
	return nil
}

// topic reads PATTERN [out|in|both [QOS [LOCAL [REMOTE]]]]. A pattern with
// spaces is in quotes; "" is no pattern, or no prefix.
func (r *reader) topic(value string) error {
	var t BridgeTopic
	words, err := r.topicWords(value)
	if err != nil {
		return err
	}
	t.Pattern = words[0]
	if words[1] != "" {
		t.Direction = strings.ToLower(words[1])
		if t.Direction != "out" && t.Direction != "in" && t.Direction != "both" {
			return r.at.errorf(fmt.Sprintf("topic: %q is not a direction", words[1]), "use out, in or both")
		}
	}
	if words[2] != "" {
		n, err := strconv.ParseUint(words[2], 10, 8)
		if err != nil || n > 2 {
			return r.at.errorf(fmt.Sprintf("topic: %q is not a QoS", words[2]), "use 0, 1 or 2")
		}
		t.QoS = int(n)
	}
	t.LocalPrefix, t.RemotePrefix = words[3], words[4]
	if text := t.check(); text != "" {
		return r.at.errorf("topic: "+text, "")
	}
	b := r.currentBridge()
	b.Topics = append(b.Topics, t)
	return nil
}

func (r *reader) topicWords(value string) (words [5]string, err error) {
	first, rest, err := r.parseWord("topic", value)
	if err != nil {
		return words, err
	}
	if first[0] == '"' && first != `""` {
		quoted, after, ok := strings.Cut(strings.TrimLeft(value, " ")[1:], `"`)
		if !ok {
			return words, r.at.errorf("topic: the closing quote is missing", "")
		}
		first, rest = quoted, after
	}
	words[0] = first
	for i := 1; i < len(words); i++ {
		words[i], rest = word(rest)
		if i > 1 && strings.HasPrefix(words[i], "#") {
			words[i], rest = "", "" // a comment
		}
	}
	for i, w := range words {
		if w == `""` && i != 1 && i != 2 {
			words[i] = ""
		}
	}
	return words, nil
}

func (r *reader) startType(value string) (err error) {
	r.currentBridge().StartType, err = r.choose("start_type", value, map[string]string{"automatic": "automatic", "lazy": "lazy", "once": "once"})
	return err
}

func (r *reader) reloadType(value string) (err error) {
	r.currentBridge().Reload, err = r.choose("bridge_reload_type", value, map[string]string{"lazy": "lazy", "immediate": "immediate"})
	return err
}

func (r *reader) bridgeVersion(value string) (err error) {
	words := map[string]string{"mqttv31": "3.1", "mqttv311": "3.1.1", "mqttv50": "5"}
	r.currentBridge().Version, err = r.choose("bridge_protocol_version", value, words)
	return err
}

func (r *reader) bridgeTLSVersion(value string) error {
	return r.minVersion("bridge_tls_version", value, &r.currentBridge().TLS.MinVersion)
}

// restartTimeout reads SECONDS, or BASE CAP, or BASE CAP STABLE.
func (r *reader) restartTimeout(value string) error {
	b := r.currentBridge()
	base, err := r.parseNumber(&key{name: "restart_timeout", min: 1, max: anyCount, clamp: true}, value)
	if err != nil {
		return err
	}
	b.RestartMin = Seconds(min(base, 3600))
	b.RestartMax, b.StablePeriod = b.RestartMin, 0
	_, rest := word(value)
	if w, _ := word(rest); w == "" {
		return nil
	}
	most, err := r.parseNumber(&key{name: "restart_timeout", min: 0, max: anyCount}, rest)
	if err != nil {
		return err
	}
	if Seconds(most) < b.RestartMin {
		return r.at.errorf("restart_timeout: the second number is less than the first", "")
	}
	b.RestartMax = Seconds(min(most, 7200))
	_, rest = word(rest)
	if w, _ := word(rest); w == "" {
		return nil
	}
	stable, err := r.parseNumber(&key{name: "restart_timeout", min: 0, max: anyCount}, rest)
	b.StablePeriod = Seconds(stable)
	return err
}
