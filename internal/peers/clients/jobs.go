package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mqt/internal/mqtt"
)

// job is a row of the table.
type job struct {
	name string
	run  func(context.Context, job, *options, io.Writer) error
	qos  mqtt.QoS
}

func jobs() []job {
	return []job{
		{"pub -l QoS 0", publish, 0},
		{"pub -l QoS 1", publish, 1},
		{"pub -l QoS 2", publish, 2},
		{"sub QoS 0", subscribe, 0},
		{"sub QoS 1", subscribe, 1},
		{"one-shot", oneShot, 0},
		{"retained list", listRetained, 0},
	}
}

func jobNames() []string {
	var names []string
	for _, j := range jobs() {
		names = append(names, j.name)
	}
	return names
}

func pickJobs(list string) ([]job, error) {
	if list == "" {
		return jobs(), nil
	}
	var picked []job
	for _, name := range strings.Split(list, ",") {
		before := len(picked)
		for _, j := range jobs() {
			if j.name == name {
				picked = append(picked, j)
			}
		}
		if len(picked) == before {
			return nil, fmt.Errorf("unknown job %q: one of %s", name, strings.Join(jobNames(), ", "))
		}
	}
	return picked, nil
}

// publish measures pub -l against a sink.
func publish(ctx context.Context, j job, o *options, out io.Writer) error {
	n := o.messages
	if j.qos > 0 {
		n = o.lossy
	}
	const topic = "bench/clients"
	return o.stream(ctx, j, out, pair{
		mqt:       program{messages: o.messages, args: []string{o.binary, "pub", "-t", topic, "-l", "-q", digit(j.qos)}, lines: true},
		mosquitto: program{messages: n, args: []string{"mosquitto_pub", "-t", topic, "-l", "-q", digit(j.qos)}, lines: true},
	})
}

// subscribe measures sub against a source.
func subscribe(ctx context.Context, j job, o *options, out io.Writer) error {
	args := []string{"-t", "bench/clients", "-q", digit(j.qos), "-C", strconv.Itoa(o.messages)}
	return o.stream(ctx, j, out, pair{
		mqt:       program{messages: o.messages, args: append([]string{o.binary, "sub"}, args...)},
		mosquitto: program{messages: o.messages, args: append([]string{"mosquitto_sub"}, args...)},
	})
}

func digit(q mqtt.QoS) string { return strconv.Itoa(int(q)) }
