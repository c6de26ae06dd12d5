package cmd

import (
	"cmp"
	"context"
	"io"
	"net/url"
	"time"

	"mqt/format"
)

// resizeEvery is how soon the screen of --watch follows the terminal.
const resizeEvery = 200 * time.Millisecond

// watch is the screen of --watch.
type watch struct {
	*format.Screen
	ticking
}

func newWatch(env *Env, out io.Writer, broker string, form func(io.Writer) (format.Writer, error)) (*watch, error) {
	s, err := format.NewScreen(out, format.ScreenOptions{Title: "Broker: " + broker, Size: env.Size}, form)
	return &watch{Screen: s}, err
}

// start draws the screen; it must be closed afterwards. That nobody sees it is
// an error of the messages that follow.
func (w *watch) start() {
	_ = w.Draw()
	w.ticking.start(resizeEvery, w.Resize)
}

// broker returns the name of the broker as the flags have it, without
// credentials.
func (o *connOptions) broker() string {
	u, err := url.Parse(o.URL)
	switch {
	case o.URL == "" || err != nil:
		return cmp.Or(o.Unix, o.Host)
	case u.Host == "":
		return u.Path // of a socket
	}
	return u.Host
}

// watch returns the output of --watch.
func (o *subOptions) watch(env *Env) (subOutput, error) {
	fo := o.formatOptions(env)
	fo.Escape = true
	w, err := newWatch(env, env.Stdout, o.Conn.broker(), func(line io.Writer) (format.Writer, error) {
		return o.newWriter(line, cmp.Or(o.Output, "text"), fo)
	})
	if err != nil {
		return subOutput{}, err
	}
	return subOutput{w, env.Stdout, func(context.Context) { w.start() }, w.close}, nil
}
