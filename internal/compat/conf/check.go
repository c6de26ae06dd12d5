package conf

import (
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// problem is a value that cannot be used, at a path such as listeners[0].url.
type problem struct{ path, text, hint string }

// Check reports the first value that cannot be used, by its key. Load does
// that by itself.
func (c *Config) Check() error {
	p := c.check()
	switch {
	case p == nil:
		return nil
	case p.hint != "":
		return fmt.Errorf("%s: %s\nhint: %s", p.path, p.text, p.hint)
	}
	return fmt.Errorf("%s: %s", p.path, p.text)
}

// check returns the first value of c that cannot be used. The tags of the
// fields say what can.
func (c *Config) check() *problem {
	if p := checkStruct(reflect.ValueOf(c).Elem(), ""); p != nil {
		return p
	}
	if n := c.Limits.MaxPacketSize; n > 0 && n < 20 {
		return &problem{"limits.max_packet_size", fmt.Sprintf("%d is too small for a packet", n), "give 20 or more"}
	}
	if slices.Contains(c.Log.Destinations, "file") != (c.Log.File != "") {
		return &problem{"log.file", "a path and the destination file belong together: one is missing", ""}
	}
	if s := c.Persistence.Sync; !validSync(s) {
		return &problem{"persistence.sync", fmt.Sprintf("%q is not one of always, os, interval=TIME", s), "write interval=100ms for example"}
	}
	for i := range c.Listeners {
		if p := c.Listeners[i].check(c.TLSDev); p != nil {
			p.path = fmt.Sprintf("listeners[%d].%s", i, p.path)
			return p
		}
	}
	return c.checkBridges()
}

// validSync reports whether s is empty, always, os, or interval= and a time.
func validSync(s string) bool {
	if s == "" || s == "always" || s == "os" {
		return true
	}
	text, ok := strings.CutPrefix(s, "interval=")
	d, err := time.ParseDuration(text)
	return ok && err == nil && d > 0
}

func checkStruct(v reflect.Value, prefix string) *problem {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if p := checkValue(v.Field(i), prefix+tomlName(f), f.Tag); p != nil {
			return p
		}
	}
	return nil
}

func checkValue(v reflect.Value, path string, tag reflect.StructTag) *problem {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return checkValue(v.Elem(), path, tag)
	case reflect.Struct:
		return checkStruct(v, path+".")
	case reflect.Slice:
		for i := range v.Len() {
			at := path
			if v.Index(i).Kind() == reflect.Struct {
				at = fmt.Sprintf("%s[%d]", path, i)
			}
			if p := checkValue(v.Index(i), at, tag); p != nil {
				return p
			}
		}
	case reflect.Int:
		return checkRange(float64(v.Int()), path, tag)
	case reflect.Float64:
		return checkRange(v.Float(), path, tag)
	case reflect.String:
		return checkString(v.String(), path, tag)
	}
	return nil
}

func checkRange(n float64, path string, tag reflect.StructTag) *problem {
	low, high, ok := strings.Cut(tag.Get("range"), " ")
	if !ok {
		return nil
	}
	least, _ := strconv.ParseFloat(low, 64)
	most, _ := strconv.ParseFloat(high, 64)
	if math.IsNaN(n) || n < least || n > most || n < 0 && n != -1 {
		return &problem{path, fmt.Sprintf("%v is not from %s to %s", n, low, high), ""}
	}
	return nil
}

func checkString(s, path string, tag reflect.StructTag) *problem {
	if words := strings.Fields(tag.Get("oneof")); len(words) > 0 && s != "" && !slices.Contains(words, s) {
		return &problem{path, fmt.Sprintf("%q is not one of %s", s, strings.Join(words, ", ")), ""}
	}
	if most, err := strconv.Atoi(tag.Get("bytes")); err == nil && len(s) > most {
		return &problem{path, fmt.Sprintf("has %d bytes", len(s)), fmt.Sprintf("use at most %d", most)}
	}
	if strings.ContainsRune(s, 0) {
		return &problem{path, "has a NUL character in it", ""}
	}
	if schemes := strings.Fields(tag.Get("url")); len(schemes) > 0 && (s != "" || path != "auth.auth_url" && !strings.HasSuffix(path, ".auth_url")) {
		return checkURL(s, path, schemes)
	}
	if tag.Get("secret") != "" && s == redacted {
		return &problem{path, "was left out when this was printed", "write the secret here"}
	}
	if tag.Get("hostport") != "" {
		return checkHostPort(s, path)
	}
	if tag.Get("cidr") != "" {
		_, err := netip.ParsePrefix(s)
		if _, aerr := netip.ParseAddr(s); err != nil && aerr != nil {
			return &problem{path, fmt.Sprintf("%q is no IP address and no network", s), "write 10.0.0.1 or 10.0.0.0/8"}
		}
	}
	return nil
}

func checkURL(s, path string, schemes []string) *problem {
	u, err := url.Parse(s)
	if err != nil {
		return &problem{path, "is not a URL", "write it like " + schemes[0] + "://localhost:1883"} // err may show a password
	}
	if !slices.Contains(schemes, u.Scheme) {
		return &problem{path, fmt.Sprintf("the scheme %q is not one of %s", u.Scheme, strings.Join(schemes, ", ")), "write it like " + schemes[0] + "://localhost:1883"}
	}
	if pass, ok := u.User.Password(); ok && pass == redacted {
		return &problem{path, "its password was left out when this was printed", "write the secret here"}
	}
	if _, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && err != nil {
		return &problem{path, "has a port that is not a number from 0 to 65535", ""} // it may be a part of a password
	}
	if u.Scheme == "unix" && (u.Host != "" || len(u.Path) < 2) {
		return &problem{path, "names no socket", "write unix:///path/to/socket"}
	}
	if u.Scheme != "unix" && u.Host == "" {
		return &problem{path, "has neither host nor port", "write " + u.Scheme + "://localhost:1883"}
	}
	return nil
}

func checkHostPort(s, path string) *problem {
	i := strings.LastIndexByte(s, ':')
	if i < 1 {
		return &problem{path, fmt.Sprintf("%q is not HOST:PORT", s), ""}
	}
	if n, err := strconv.ParseUint(s[i+1:], 10, 16); err != nil || n == 0 {
		return &problem{path, fmt.Sprintf("%q is not a port", s[i+1:]), "use a number from 1 to 65535"}
	}
	return nil
}

// check reports what cannot be; dev says that a certificate will be made.
func (l *Listener) check(dev bool) *problem {
	t := l.TLS
	u, err := url.Parse(l.URL)
	has := t.Cert != "" || dev
	switch {
	case err == nil && u.User != nil:
		return &problem{"url", "a listener has no user name and password", "give users in a password file"}
	case (t.Cert == "") != (t.Key == ""):
		return &problem{"tls", "certificate and private key belong together: one is missing", ""}
	case !has && t.CAFile+t.CAPath != "":
		return &problem{"tls", "authorities of client certificates, but no certificate of the listener", "add its certificate and private key"}
	case l.ProxyProtocol == 2 && t.Cert != "":
		return &problem{"tls", "with version 2 of the PROXY protocol the proxy has the certificate", "remove certificate and private key here"}
	case l.ProxyProtocol == 2 && t.UseSubjectAsUsername:
		return &problem{"tls", "the PROXY protocol does not carry the subject of the client certificate", "use the common name (use_identity_as_username)"}
	case l.ProxyProtocol != 2 && !has && t.RequireCertificate:
		return &problem{"tls", "client certificates are required, but the listener has none itself", "add its certificate and private key"}
	case err == nil && t.Cert != "" && !slices.Contains([]string{"mqtts", "wss", "https", "any"}, u.Scheme):
		return &problem{"url", fmt.Sprintf("the listener has a certificate, but the scheme %s does not encrypt", u.Scheme), "use mqtts, wss or https"}
	case err == nil && !has && slices.Contains([]string{"mqtts", "wss", "https"}, u.Scheme):
		return &problem{"tls", l.URL + " needs a certificate", "give a certificate and its private key, or have them made (tls_dev)"}
	}
	return nil
}

func (c *Config) checkBridges() *problem {
	names, ids := map[string]bool{}, map[string]bool{}
	for i := range c.Bridges {
		b := &c.Bridges[i]
		id := b.LocalClientID
		if id == "" && b.RemoteClientID != "" {
			id = "local." + b.RemoteClientID
		} else if id == "" {
			id = "\x00" + b.Name // with the host's name: unique as the name is
		}
		p := b.check()
		switch {
		case p != nil:
		case names[b.Name]:
			p = &problem{"name", fmt.Sprintf("%q is the name of another bridge", b.Name), ""}
		case ids[id]:
			p = &problem{"local_client_id", fmt.Sprintf("%q is also the local client identifier of another bridge", id), "give one of them another"}
		}
		if p != nil {
			p.path = fmt.Sprintf("bridges[%d].%s", i, p.path)
			return p
		}
		names[b.Name], ids[id] = true, true
	}
	return nil
}

func (b *Bridge) check() *problem {
	switch {
	case b.Name == "":
		return &problem{"name", "a bridge needs a name", ""}
	case len(b.Addresses) == 0:
		return &problem{"addresses", "the bridge has no address", "say which broker it connects to"}
	case len(b.Topics) == 0:
		return &problem{"topics", "the bridge has no topics", "say what it copies"}
	case (b.TLS.Cert == "") != (b.TLS.Key == ""):
		return &problem{"tls", "certificate and private key belong together: one is missing", ""}
	case b.RestartMax > 0 && b.RestartMax < b.RestartMin:
		return &problem{"restart_max", "is less than the least time to the next attempt", ""}
	}
	for i, t := range b.Topics {
		if text := t.check(); text != "" {
			return &problem{fmt.Sprintf("topics[%d]", i), text, ""}
		}
	}
	return nil
}

// check returns what is wrong with the topic, or "".
func (t *BridgeTopic) check() string {
	switch {
	case t.Pattern == "" && (t.LocalPrefix == "" || t.RemotePrefix == ""):
		return "without a pattern both prefixes are needed"
	}
	for _, prefix := range []string{t.LocalPrefix, t.RemotePrefix} {
		if strings.ContainsAny(prefix, "+#") {
			return fmt.Sprintf("the prefix %q has a wildcard in it", prefix)
		}
		if !validFilter(prefix + t.Pattern) {
			return fmt.Sprintf("%q is not a topic filter", prefix+t.Pattern)
		}
	}
	return ""
}

// validFilter reports whether the wildcards of a topic filter are where they
// may be: + as a whole level, # as the last one [MQTT-4.7.1-2], [MQTT-4.7.1-3].
func validFilter(s string) bool {
	levels := strings.Split(s, "/")
	for i, l := range levels {
		if strings.ContainsAny(l, "+#") && len(l) > 1 || l == "#" && i < len(levels)-1 {
			return false
		}
	}
	return true
}
