package bench

import (
	"fmt"
	"testing"

	"mqt/internal/mqtt"
)

// BenchmarkCalibrate reports the messages a second to a null broker.
func BenchmarkCalibrate(b *testing.B) {
	for qos := mqtt.AtMostOnce; qos <= mqtt.ExactlyOnce; qos++ {
		b.Run(fmt.Sprintf("QoS%d", qos), func(b *testing.B) {
			for b.Loop() {
				rate, err := Calibrate(b.Context(), Config{Load: Workload{QoS: qos, Sizes: []Size{{64, 1}}}})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(rate, "msg/s")
			}
		})
	}
}
