// Package admin is the HTTP side of a broker: health checks, Prometheus
// metrics and an API to look inside and to intervene.
//
//	srv := &broker.Server{}
//	web := &http.Server{Handler: admin.New(admin.Options{Server: srv}), ReadHeaderTimeout: 10 * time.Second}
//
// It serves
//
//   - /healthz: 200 as long as the process answers.
//   - /readyz: 200 while clients may connect, else 503.
//   - /metrics: the server's counters for Prometheus.
//   - /api/v1/…: clients, subscriptions, retained messages, publishing, the
//     tree of topics, the configuration and the version. The OpenAPI 3.1
//     description is openapi.json, served as /api/v1/openapi.json.
//
// Errors are application/problem+json, RFC 9457, with a member "hint" that says
// what to do next. Unknown query parameters and JSON fields are errors.
//
// # Protection
//
// The health checks are open to everybody who can connect; they say one word.
// Everything else asks Options.Auth. Requests that it lets in without a user
// name are meant for a listener on the loopback interface, where web pages in a
// local browser are the danger: changes from other origins are refused, and so
// is every such request that comes over the loopback interface for a host name
// other than localhost, which is how DNS rebinding looks. There is no CORS.
package admin
