package cmd

import "context"

func reportFormats() []string {
	return []string{"text", "json", "ndjson", "csv", "hlog", "html", "gobench"}
}

func runBench(ctx context.Context, env *Env, o *benchOptions) error {
	return nil
}
