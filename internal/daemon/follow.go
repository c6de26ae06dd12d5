package daemon

import (
	"context"
	"errors"
	"sync"

	"mqt/internal/transport"
)

// follow reads the files of users and rights again when they change, and
// everything at a hangup, until ctx ends. What was in force stays so when a
// file cannot be read. Certificates are followed by the handshakes.
func (d *daemon) follow(ctx context.Context) {
	var watching sync.WaitGroup
	defer watching.Wait()
	for _, a := range d.gate.files {
		watching.Go(func() {
			if err := a.Watch(ctx); err != nil {
				d.log.Warn("changes of the files are noticed at SIGHUP only", "error", err.Error())
			}
		})
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.o.Hangup:
			d.reload()
		}
	}
}

func (d *daemon) reload() {
	_ = transport.Notify("RELOADING=1") // only for people who look
	errs := []error{d.log.Reopen(), d.secrets.reload()}
	for _, a := range d.gate.files {
		errs = append(errs, a.Reload())
	}
	if err := errors.Join(errs...); err != nil {
		d.log.Error("reload failed; what was in force stays so", "error", err.Error())
	} else {
		d.log.Info("users, rights and certificates read again")
	}
	_ = transport.Notify("READY=1")
}
