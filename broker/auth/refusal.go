package auth

import (
	"fmt"
	"log/slog"

	"mqt/internal/mqtt"
)

// Refusal is why a client was refused. The reason code and reason string are
// for the client; Error and LogValue tell the operator more.
type Refusal struct {
	mqtt.ReasonError
	// Client, User and Topic say who was refused what. Topic may be a filter.
	Client, User, Topic string
	// Rule is the line of the ACL that decided, "file:line", empty when it was
	// not a rule.
	Rule string
	// Cause is the reason for the operator, nil when Rule says it.
	Cause error
}

// Error returns the operation, the reason code's name and what decided.
func (r *Refusal) Error() string {
	s := r.Code.String()
	if r.Op != "" {
		s = r.Op + ": " + s
	}
	switch {
	case r.Rule != "":
		return s + ": by rule " + r.Rule
	case r.Cause != nil:
		return s + ": " + r.Cause.Error()
	}
	return r.ReasonError.Error()
}

// Unwrap returns the *mqtt.ReasonError that is sent to the client, and Cause.
func (r *Refusal) Unwrap() []error {
	if r.Cause == nil {
		return []error{&r.ReasonError}
	}
	return []error{&r.ReasonError, r.Cause}
}

// LogValue returns client, user, topic and rule or reason as attributes.
func (r *Refusal) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("client", r.Client), slog.String("user", r.User), slog.String("topic", r.Topic)}
	if r.Rule != "" {
		attrs = append(attrs, slog.String("rule", r.Rule))
	} else if r.Cause != nil {
		attrs = append(attrs, slog.String("reason", r.Cause.Error()))
	}
	return slog.GroupValue(attrs...)
}

func notAuthorized(a Action) mqtt.ReasonError {
	return mqtt.ReasonError{Op: string(a), Code: mqtt.NotAuthorized, Reason: fmt.Sprintf("no right to %s here", a)}
}
