package admin

import (
	"math"
	"strconv"
	"strings"

	"mqt/broker"
)

// metricType is the type of a metric as Prometheus names it.
type metricType string

const (
	gauge         metricType = "gauge"
	counter       metricType = "counter"
	summaryType   metricType = "summary"
	histogramType metricType = "histogram"
)

// label is a name and a value, which is valid UTF-8.
type label struct{ name, value string }

// exposition is metrics in Prometheus' text format, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/. The zero value
// is empty.
type exposition struct{ text []byte }

// family begins the samples of a metric. All of them come before the next
// family.
func (e *exposition) family(name, help string, kind metricType) {
	e.text = append(e.text, "# HELP "+name+" "+help+"\n# TYPE "+name+" "+string(kind)+"\n"...)
}

// single is a family of one sample without labels.
func (e *exposition) single(name, help string, kind metricType, v float64) {
	e.family(name, help, kind)
	e.sample(name, v)
}

func (e *exposition) sample(name string, v float64, labels ...label) {
	e.text = append(e.text, name...)
	for i, l := range labels {
		between := byte(',')
		if i == 0 {
			between = '{'
		}
		e.text = append(e.text, between)
		e.text = append(e.text, l.name+`="`+strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(l.value)+`"`...)
	}
	if len(labels) > 0 {
		e.text = append(e.text, '}')
	}
	e.text = append(e.text, ' ')
	e.text = strconv.AppendFloat(e.text, v, 'g', -1, 64)
	e.text = append(e.text, '\n')
}

func (e *exposition) histogram(name, help string, h *broker.Histogram) {
	e.family(name, help, histogramType)
	for _, b := range h.Buckets {
		e.sample(name+"_bucket", float64(b.Count), label{"le", formatFloat(b.UpTo.Seconds())})
	}
	e.sample(name+"_bucket", float64(h.Count), label{"le", formatFloat(math.Inf(1))})
	e.sample(name+"_sum", h.Sum.Seconds())
	e.sample(name+"_count", float64(h.Count))
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
