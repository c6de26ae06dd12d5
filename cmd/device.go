package cmd

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"mqt/internal/client"
	"mqt/internal/mqtt"
)

const (
	statusOnline  = "online"
	statusOffline = "offline"
	alertTopic    = "site-1/alerts"
	alertAbove    = 24.0 // °C
)

// device is a simulated device: it says that it is there (retained, with a
// will that says the opposite), then what it measures (QoS 0), and raises an
// alert (QoS 1) when that is too much.
type device struct {
	name   string // its client identifier
	topic  string // of what it measures
	unit   string
	every  int // measures at every so many ticks
	mean   float64
	swing  float64
	period int // measurements until it starts over

	client *client.Client
	cancel context.CancelFunc
	work   sync.WaitGroup
	gone   bool
}

func demoDevices() []*device {
	return []*device{
		{name: "thermometer-3", topic: "site-1/floor-3/temperature", unit: "°C", every: 1, mean: 21.5, swing: 4, period: 8},
		{name: "hygrometer-3", topic: "site-1/floor-3/humidity", unit: "%", every: 2, mean: 45, swing: 6, period: 10},
		{name: "thermometer-4", topic: "site-1/floor-4/temperature", unit: "°C", every: 3, mean: 20, swing: 2, period: 9},
	}
}

// startDevices connects all devices. On an error it returns those that stand.
func (d *demo) startDevices(ctx context.Context) ([]*device, error) {
	every := min(max(d.duration/14, 50*time.Millisecond), time.Second)
	var started []*device
	for _, dev := range demoDevices() {
		if err := dev.start(ctx, d, every*time.Duration(dev.every)); err != nil {
			return started, err
		}
		started = append(started, dev)
	}
	return started, nil
}

func (dev *device) status() string { return "site-1/devices/" + dev.name + "/status" }

func (dev *device) start(ctx context.Context, d *demo, every time.Duration) error {
	var err error
	dev.client, err = d.dial(ctx, client.Options{
		ClientID: dev.name,
		Will:     &mqtt.Message{Topic: dev.status(), Payload: []byte(statusOffline), QoS: mqtt.AtLeastOnce, Retain: true},
	})
	if err != nil {
		return err
	}
	online := mqtt.Message{Topic: dev.status(), Payload: []byte(statusOnline), QoS: mqtt.AtLeastOnce, Retain: true}
	if err := dev.client.Publish(ctx, online); err != nil {
		return fmt.Errorf("demo: %s: %w", dev.name, err)
	}
	ctx, dev.cancel = context.WithCancel(ctx)
	dev.work.Go(func() { dev.measure(ctx, every) })
	return nil
}

// measure publishes until ctx is done or the client is closed.
func (dev *device) measure(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		value := dev.mean + dev.swing*math.Sin(2*math.Pi*float64(n)/float64(dev.period))
		text := fmt.Appendf(nil, `{"value":%.1f,"unit":%q}`, value, dev.unit)
		if dev.client.Publish(ctx, mqtt.Message{Topic: dev.topic, Payload: text}) != nil {
			return
		}
		if dev.unit == "°C" && value > alertAbove {
			text = fmt.Appendf(nil, "%s: %.1f °C is more than %.0f °C", dev.topic, value, alertAbove)
			if dev.client.Publish(ctx, mqtt.Message{Topic: alertTopic, Payload: text, QoS: mqtt.AtLeastOnce}) != nil {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// vanish drops the connection without a word, as a power cut does.
func (dev *device) vanish() {
	dev.gone = true
	dev.cancel()
	dev.work.Wait()
	_ = dev.client.Close() // always ErrClosed or nil: that is the point
}

// stop disconnects properly, so that the will is not sent.
func (dev *device) stop() {
	if dev.gone {
		return
	}
	dev.cancel()
	dev.work.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), endGrace)
	defer cancel()
	_ = dev.client.Disconnect(ctx) // the demo is over
}
