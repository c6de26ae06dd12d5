package cmd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"mqt/internal/mqtt"
	"mqt/internal/record"
	"mqt/sub"
)

const exportLong = `Write the retained messages that match a filter, all when there is none, to
FILE, or to standard output when FILE is -. One line of NDJSON holds a message
with everything that belongs to it: topic, QoS, payload, properties.
FILE is replaced once all of them have arrived, never by a part of them.`

func newRetainedExport(env *Env, run retainedRun) *cobra.Command {
	o := &retainedOptions{takesFile: true}
	c := &cobra.Command{
		Use:   "export FILE [FILTER]... [flags]",
		Short: "save retained messages to a file",
		Long:  exportLong,
		Example: "  mqt retained export backup.ndjson\n" +
			"  mqt retained export - 'site-1/#' | mqt retained import - -h other.example.com",
	}
	o.command(env, c, run)
	addGroup(c, "Retained messages", o.bindTimeout)
	o.Conn.bind(c)
	return c
}

func runRetainedExport(ctx context.Context, env *Env, o *retainedOptions) error {
	if err := o.checkFile(); err != nil {
		return err
	}
	if err := o.orAll(); err != nil {
		return err
	}
	s, messages, err := o.gatherWith(ctx, env, sub.GatherExact)
	if s == nil {
		return err
	}
	if closed := s.close(ctx); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err := export(env, o.File, messages); err != nil {
		return fmt.Errorf("retained export: %w", err)
	}
	if !o.Conn.Quiet {
		env.notef("%s exported", count(len(messages), "retained message"))
	}
	return nil
}

// checkFile also knows that a filter is often given alone.
func (o *retainedOptions) checkFile() error {
	if o.File == "" {
		return usagef("retained export: no file\nhint: name the file to write, or - for standard output")
	}
	if f, err := mqtt.ParseFilter(o.File); err == nil && f.Wild() {
		return usagef("retained export: %q is a topic filter, no file\nhint: the file comes first, then the filters: mqt retained export FILE '%s'", o.File, o.File)
	}
	return nil
}

// export writes the messages to standard output or to a file that is replaced
// when it is a regular one. It is for its owner's eyes.
func export(env *Env, file string, messages []mqtt.Message) error {
	write := func(w io.Writer) error { return writeRecords(w, messages) }
	if file == "-" {
		return write(env.Stdout)
	}
	info, err := os.Stat(file)
	if err != nil {
		return replaceWith(file, 0o600, write)
	}
	if info.Mode().IsRegular() {
		if linked, err := filepath.EvalSymlinks(file); err == nil {
			file = linked // the link stays
		}
		return replaceWith(file, info.Mode().Perm(), write)
	}
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close() // of a pipe or a device
	return write(f)
}

// writeRecords writes what the messages are, without what their deliveries
// were.
func writeRecords(w io.Writer, messages []mqtt.Message) error {
	b := bufio.NewWriter(w)
	var line []byte
	for _, m := range messages {
		m.Dup, m.PacketID, m.Received = false, 0, time.Time{}
		m.Props = m.Props.Without(mqtt.PropSubscriptionID, mqtt.PropTopicAlias)
		line = append(record.Append(line[:0], m), '\n')
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	return b.Flush()
}
