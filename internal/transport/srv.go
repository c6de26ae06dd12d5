package transport

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SRVError says what came of the brokers that SRV records name.
type SRVError struct {
	// Name is that of the records: _mqtt._tcp. or _secure-mqtt._tcp., and the
	// domain.
	Name string
	// Target is the host and port of the broker that was tried last; empty when
	// no broker was found.
	Target string
	// Err is why there is no record, or no connection to Target.
	Err error
}

// Error tells all of it.
func (e *SRVError) Error() string {
	if e.Target == "" {
		return "look up SRV records " + e.Name + ": " + e.Err.Error()
	}
	return e.Target + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *SRVError) Unwrap() error { return e.Err }

// ErrNoService says that a domain declares by its SRV record that it has no
// broker: RFC 2782, the target ".".
var ErrNoService = errors.New("the domain says that it has no broker")

// dialSRV connects to the first broker that can be reached of those that the
// SRV records of the URL's host name, in the order of RFC 2782.
func dialSRV(ctx context.Context, u *url.URL, sc scheme, o Options) (net.Conn, error) {
	service := "mqtt"
	if sc.tls {
		service = "secure-mqtt"
	}
	domain := u.Hostname()
	records, err := lookupSRV(ctx, o, service, domain)
	failed := &SRVError{Name: "_" + service + "._tcp." + domain, Err: err}
	for i, r := range records {
		target := strings.TrimSuffix(r.Target, ".")
		failed.Target = net.JoinHostPort(target, strconv.Itoa(int(r.Port)))
		limit, cancel := share(ctx, len(records)-i)
		nc, err := dialPeer(limit, peer{failed.Target, certifiedName(domain, target), sc.tls}, o)
		cancel()
		if err == nil {
			return nc, nil
		}
		if failed.Err = err; ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

// lookupSRV returns the records in the order in which to try them.
func lookupSRV(ctx context.Context, o Options, service, domain string) ([]*net.SRV, error) {
	_, records, err := o.Resolver.LookupSRV(ctx, service, "tcp", domain)
	all := len(records)
	records = slices.DeleteFunc(records, func(r *net.SRV) bool { return r.Target == "." })
	if all > 0 && len(records) == 0 {
		return nil, ErrNoService
	}
	return records, err
}

// share returns a context with an equal part of the time that is left for so
// many attempts: a broker that does not answer must not use up that of others.
func share(ctx context.Context, attempts int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || attempts < 2 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(attempts))
}

// certifiedName returns the name that a broker's certificate must be for. Who
// forges an answer of the Domain Name System can name any target, so that only
// a target within the domain that the user named will do; for any other the
// certificate must be for the domain itself, which RFC 9525 section 6.1 wants
// of all whose answers are not secured.
func certifiedName(domain, target string) string {
	within := "." + strings.ToLower(strings.TrimSuffix(domain, "."))
	if strings.HasSuffix(strings.ToLower(target), within) {
		return target
	}
	return domain
}
