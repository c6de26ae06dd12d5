package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"mqt/bench/report"
)

// metricsServer answers Prometheus with the state of a load.
type metricsServer struct {
	report.Metrics
	server *http.Server
	ended  chan error // of Serve
}

// serveMetrics listens on an address. Without one it answers nobody.
func serveMetrics(ctx context.Context, env *Env, address string) (*metricsServer, error) {
	m := &metricsServer{}
	if address == "" {
		return m, nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, hint(fmt.Errorf("bench: --restapi: listen on %s: %s", address, cause(err)), "choose another port")
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", &m.Metrics)
	m.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	m.ended = make(chan error, 1)
	go func() { m.ended <- m.server.Serve(ln) }() // ends with close
	env.notef("metrics are at http://%s/metrics", ln.Addr())
	return m, nil
}

// close ends the answers.
func (m *metricsServer) close() error {
	if m.server == nil {
		return nil
	}
	err := m.server.Close()
	if e := <-m.ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}
