package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"mqt/format"
	"mqt/internal/mqtt"
)

func newRetainedList(env *Env, run retainedRun) *cobra.Command {
	c, o := retainedCommand(env, &cobra.Command{
		Use:     "list [FILTER]... [flags]",
		Short:   "list retained messages",
		Long:    "List the retained messages that match a filter; # when there is none.",
		Example: "  mqt retained list\n  mqt retained list 'site-1/#' -o ndjson",
	}, run)
	c.Flags().VarP(oneOf{&o.Output, []string{"table", "json", "ndjson", "csv"}}, "output", "o",
		"`format`: table (default), json, ndjson, csv")
	o.Conn.bind(c)
	return c
}

func runRetainedList(ctx context.Context, env *Env, o *retainedOptions) error {
	if err := o.orAll(); err != nil {
		return err
	}
	s, messages, err := o.gather(ctx, env)
	if s == nil {
		return err
	}
	if closed := s.close(ctx); err == nil {
		err = closed
	}
	if err != nil && len(messages) == 0 {
		return err
	}
	w := bufio.NewWriter(env.Stdout)
	written := writeList(w, env, o.Output, messages)
	if written == nil {
		written = w.Flush()
	}
	if err == nil {
		err = written
	}
	return err
}

func writeList(w io.Writer, env *Env, output string, messages []mqtt.Message) error {
	switch output {
	case "json":
		return writeArray(w, env, messages)
	case "ndjson":
		fw, err := format.New("ndjson", w, format.Options{Escape: env.StdoutTTY})
		if err != nil {
			return err
		}
		for _, m := range messages {
			if err := fw.Write(m); err != nil {
				return err
			}
		}
		return fw.Flush()
	case "csv":
		return writeCSV(w, messages)
	}
	return writeTable(w, env.Width, messages)
}

// writeArray writes a JSON array with a line of the format ndjson for each
// message.
func writeArray(w io.Writer, env *Env, messages []mqtt.Message) error {
	var line bytes.Buffer
	fw, err := format.New("ndjson", &line, format.Options{Escape: env.StdoutTTY, AutoFlush: true})
	if err != nil {
		return err
	}
	before, end := "[", "[\n]\n"
	for _, m := range messages {
		line.Reset()
		if err := fw.Write(m); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n%s", before, bytes.TrimSuffix(line.Bytes(), []byte("\n"))); err != nil {
			return err
		}
		before, end = ",", "\n]\n"
	}
	_, err = io.WriteString(w, end)
	return err
}

func writeCSV(w io.Writer, messages []mqtt.Message) error {
	cw := csv.NewWriter(w)
	rows := [][]string{{"topic", "size", "qos", "expires_in", "preview"}}
	for _, m := range messages {
		left := ""
		if n, ok := m.Props.Uint(mqtt.PropMessageExpiry); ok {
			left = strconv.FormatUint(uint64(n), 10)
		}
		rows = append(rows, []string{escape(m.Topic), strconv.Itoa(len(m.Payload)), strconv.Itoa(int(m.QoS)),
			left, preview(m.Payload, previewBytes)})
	}
	return cw.WriteAll(rows)
}

// previewBytes is how much of a payload a list shows when nothing limits it.
const previewBytes = 60

// expires returns the time the broker will keep the message, where it said so.
func expires(m mqtt.Message) string {
	n, ok := m.Props.Uint(mqtt.PropMessageExpiry)
	if !ok {
		return "-"
	}
	return (time.Duration(n) * time.Second).String()
}

// preview returns the payload on one line of at most n columns: text as it
// is but for what would steer a terminal, else hex digits.
func preview(payload []byte, n int) string {
	cut := payload[:min(len(payload), n*utf8.UTFMax)]
	for len(cut) < len(payload) && len(cut) > 0 && !utf8.RuneStart(payload[len(cut)]) {
		cut = cut[:len(cut)-1]
	}
	text := ""
	if utf8.Valid(cut) {
		text = escape(string(cut))
	} else {
		text = "0x" + hex.EncodeToString(payload[:min(len(payload), n/2)])
	}
	if len(cut) < len(payload) {
		text += "…"
	}
	return format.Cut(text, n)
}
