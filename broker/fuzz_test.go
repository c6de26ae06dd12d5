package broker_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// FuzzClient is a client that sends anything, alone or after CONNECT. Whatever
// comes, the server answers in MQTT and ends the connection with the stream,
// what others get is MQTT, too, nothing is logged as a defect, and a store can
// be read again.
func FuzzClient(f *testing.F) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		whole := encode(f, v, fullConnect(v))
		for _, p := range valid(v) {
			b := encode(f, v, p)
			whole = append(whole, b...)
			f.Add(byte(v), false, b)
		}
		f.Add(byte(0), false, whole)
		f.Add(byte(v), true, whole[len(encode(f, v, fullConnect(v))):])
	}
	where := filepath.Join(f.TempDir(), "s")
	f.Fuzz(func(t *testing.T, version byte, stored bool, b []byte) {
		store := &memory{}
		srv, defects := quietServer(t, where, store, stored)
		watcher := srv.connect(t, mqtt.V5, "watcher")
		watcher.send(&wire.Subscribe{PacketID: 1, Filters: filters([]string{"# 2", "$share/g/+/+ 1"})})
		c := srv.dial(t)
		if c.v = mqtt.Version(version); c.v >= mqtt.V31 && c.v <= mqtt.V5 {
			connect := &wire.Connect{Version: c.v, ClientID: "c", Will: &wire.Will{Topic: "w"}}
			keep(connect)
			b = append(encode(t, c.v, connect), b...)
		} else {
			c.v = spoken(b)
		}
		_, _ = c.nc.Write(b) // the server may end the connection in the middle
		c.vanish()
		watcher.send(&wire.Pingreq{})
		for {
			if _, ok := watcher.read().(*wire.Pingresp); ok {
				break
			}
		}
		srv.srv.Close()
		if defects.Len() > 0 {
			t.Errorf("version %d, % x: %s", version, b, defects)
		}
		again := &broker.Server{Store: store, SysInterval: -1}
		defer again.Close()
		if err := again.Start(); err != nil {
			t.Errorf("version %d, % x: what was stored is read again: %v", version, b, err)
		}
	})
}

// quietServer serves on a Unix socket, with the store if it is to be stored, and
// returns what it logs as an error.
func quietServer(t *testing.T, path string, store *memory, stored bool) (*fixture, *bytes.Buffer) {
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	srv := &broker.Server{SysInterval: -1, Logger: slog.New(slog.NewTextHandler(&errs, &slog.HandlerOptions{Level: slog.LevelError}))}
	if stored {
		srv.Store = store
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; !errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve() = %v, want ErrServerClosed", err)
		}
	})
	return &fixture{srv: srv, addr: ln.Addr()}, &errs
}

// spoken returns the version of the CONNECT in front of a stream, if any.
func spoken(stream []byte) mqtt.Version {
	var p wire.Connect
	if h, err := wire.ParseHeader(stream); err == nil && h.Type == wire.CONNECT && h.Total() <= len(stream) {
		_ = p.Decode(0, h.Flags, stream[h.Size:h.Total()]) // the server answers in this version also when there is an error
	}
	return max(p.Version, mqtt.V31)
}
