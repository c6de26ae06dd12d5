package bench

import (
	"context"
	"errors"
	"time"

	"mqt/bench/null"
	"mqt/internal/mqtt"
)

// calibration is how long Calibrate publishes.
const calibration = 2 * time.Second

// Calibrate returns the highest rate, in messages a second, at which this
// machine publishes what c publishes: as many publishers, the same sizes and
// QoS, to a broker that takes everything and delivers nothing. It takes three
// seconds. The broker has part of the machine meanwhile, as a real one that
// runs beside the generator would.
func Calibrate(ctx context.Context, c Config) (float64, error) {
	b, err := null.Start()
	if err != nil {
		return 0, err
	}
	defer b.Close()
	load := c.Load
	load.Topic, load.Filters, load.Schedule, load.Skip = "", nil, nil, false
	load.Window = 1000
	r, err := Run(ctx, Config{
		Scenario: "pub",
		Target:   Target{URLs: []string{"mqtt://" + b.Addr}, Version: c.Target.Version},
		Clients:  Clients{Publishers: max(1, c.Clients.Publishers), WaitAll: true},
		Load:     load,
		Warmup:   500 * time.Millisecond,
		Duration: calibration,
		Seed:     c.Seed,
	})
	switch {
	case err != nil:
		return 0, err
	case r.Run.Interrupted:
		return 0, context.Cause(ctx)
	case load.QoS > mqtt.AtMostOnce && r.Rates.Acked != nil:
		return *r.Rates.Acked, nil
	case r.Rates.Sent == nil:
		return 0, errors.New("nothing was sent to the null broker")
	}
	return *r.Rates.Sent, nil
}
