package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mqt/bench"
	"mqt/internal/mqtt"
)

// ceiling fills in what this machine can generate at most of a load: measured
// now, or kept from an earlier --calibrate.
func (j *benchJob) ceiling(ctx context.Context, c *bench.Config) error {
	file := filepath.Join(cacheDir(j.env), "bench-ceilings.json")
	kept := readCeilings(file)
	key := ceilingKey(c)
	if !j.options.Goal.Calibrate {
		if rate, ok := kept[key]; ok {
			c.Ceiling = &rate
		}
		return nil
	}
	if !j.options.Out.Quiet {
		j.env.notef("measuring what this machine can generate")
	}
	rate, err := j.calibrate(ctx, *c)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("bench: --calibrate: %w", err)
	}
	c.Ceiling, kept[key] = &rate, rate
	if err := writeCeilings(file, kept); err != nil {
		j.env.notef("bench: the ceiling is not kept: %v", err)
	}
	return nil
}

// ceilingKey names loads that have the same ceiling.
func ceilingKey(c *bench.Config) string {
	key := fmt.Sprintf("version %v, QoS %d, %d publishers, payloads %s", cmp.Or(c.Target.Version, mqtt.V5), c.Load.QoS, c.Clients.Publishers, (*sizes)(&c.Load.Sizes))
	if t := c.Load.Template; t != nil && t.Placeholders() != "" {
		key += ", with " + t.Placeholders()
	}
	if h := c.Load.Headers; len(h) > 0 {
		key += ", headers " + strings.Join(h, ",")
	}
	return key
}

// readCeilings returns what is kept. A file that cannot be read is one that
// holds nothing.
func readCeilings(name string) map[string]float64 {
	kept := map[string]float64{}
	text, err := os.ReadFile(name)
	if err != nil || json.Unmarshal(text, &kept) != nil || kept == nil {
		return map[string]float64{}
	}
	return kept
}

func writeCeilings(name string, kept map[string]float64) error {
	text, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return replaceFile(name, string(text)+"\n")
}
