package cmd

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"mqt/format"
	"mqt/sub"
)

func newRetainedTree(env *Env, run retainedRun) *cobra.Command {
	c, o := retainedCommand(env, &cobra.Command{
		Use:     "tree [FILTER]... [flags]",
		Short:   "show retained messages as a tree of topics",
		Long:    "Show the topics with retained messages as a tree, with their number and size.",
		Example: "  mqt retained tree\n  mqt retained tree 'site-1/#'",
	}, run)
	o.Conn.bind(c)
	return c
}

func runRetainedTree(ctx context.Context, env *Env, o *retainedOptions) error {
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
	var root sub.Tree
	payloads := make(map[string][]byte, len(messages))
	for _, m := range messages {
		root.Add(m.Topic, len(m.Payload))
		payloads[m.Topic] = m.Payload
	}
	t := treeWriter{w: bufio.NewWriter(env.Stdout), payloads: payloads, width: env.Width}
	fmt.Fprintf(t.w, "%s, %s\n", count(root.Topics, "retained message"), count(root.Bytes, "byte"))
	t.children(&root, "", "")
	if written := t.w.Flush(); err == nil {
		err = written
	}
	return err
}

// count returns "1 thing" or "n things".
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

type treeWriter struct {
	w        *bufio.Writer
	payloads map[string][]byte
	width    int
}

// children writes what is below t, whose topic is prefix, behind margin.
func (t *treeWriter) children(node *sub.Tree, prefix, margin string) {
	i := 0
	for child := range node.Children() {
		i++
		branch, below := "├─ ", "│  "
		if i == node.Len() {
			branch, below = "└─ ", "   "
		}
		t.line(child, prefix+child.Name, margin+branch)
		t.children(child, prefix+child.Name+"/", margin+below)
	}
}

// fit cuts the beginning of a margin that takes more than half of the terminal.
func (t *treeWriter) fit(margin string) string {
	columns, room := []rune(margin), max(t.width/2, 1)
	if t.width == 0 || len(columns) <= room {
		return margin
	}
	return "…" + string(columns[len(columns)-room+1:])
}

func (t *treeWriter) line(node *sub.Tree, topic, margin string) {
	name := escape(node.Name)
	if name == "" {
		name = `""`
	}
	text := t.fit(margin) + name
	if node.Len() > 0 {
		text += fmt.Sprintf(" (%s, %s)", count(node.Topics, "message"), count(node.Bytes, "byte"))
	}
	if node.Here {
		room := previewBytes
		if t.width > 0 { // what stands before leaves
			room = max(leastPreview, t.width-format.Columns(text)-2)
		}
		text += ": " + preview(t.payloads[topic], room)
	}
	fmt.Fprintln(t.w, text)
}
