package broker

import (
	"fmt"
	"strings"
	"time"

	"mqt/broker/internal/wal"
)

// StoreReport is what CheckStore found.
type StoreReport struct {
	Records  uint64   // readable records, snapshot included
	Bytes    int64    // of the log, without the snapshot
	Segments int      // files of the log
	Torn     int64    // bytes at the end that a crash left incomplete; the next start cuts them off
	Damage   []string // places where the disk has changed what it had accepted
}

// CheckStore reads the store in dir without changing it. A store that a server
// uses at the moment is an error.
func CheckStore(dir string) (StoreReport, error) {
	r, err := wal.Check(dir, wal.ReadOptions{})
	if err != nil {
		return StoreReport{}, err
	}
	out := StoreReport{Records: r.Records + r.SnapshotRecords, Bytes: r.Bytes, Segments: r.Segments, Torn: r.TornBytes}
	for i := range r.Damage {
		out.Damage = append(out.Damage, r.Damage[i].Error())
	}
	return out, nil
}

// DumpStore calls fn with each record of the store in dir, in order: where it
// is, and in words what it says.
func DumpStore(dir string, fn func(where, what string) error) error {
	return wal.Dump(dir, wal.ReadOptions{}, func(e wal.Entry) error {
		return fn(fmt.Sprintf("%s:%d", e.File, e.Offset), describeRecord(e.Record))
	})
}

// LoadStore returns a server that holds the state in dir and serves nobody:
// for looking at it with Clients, Subscriptions and Retained. Close it.
func LoadStore(dir string) (*Server, error) {
	s := &Server{Store: readOnly{dir}, SysInterval: -1}
	s.init()
	if s.failed != nil {
		s.Close()
		return nil, s.failed
	}
	return s, nil
}

// readOnly is a Store that can only be replayed.
type readOnly struct{ dir string }

func (r readOnly) Replay(fn func(rec []byte) error) error {
	return wal.Dump(r.dir, wal.ReadOptions{}, func(e wal.Entry) error { return fn(e.Record) })
}

func (readOnly) Append([]byte) uint64                                  { return 0 }
func (readOnly) Commit(_ uint64, done func(error))                     { done(nil) }
func (readOnly) Snapshot(func(add func(rec []byte) error) error) error { return nil }
func (readOnly) Size() int64                                           { return 0 }

// describeRecord says in words what a record says.
func describeRecord(rec []byte) string {
	if len(rec) == 0 {
		return "damaged: empty"
	}
	o, d := op(rec[0]), &decoder{b: rec[1:]}
	text := o.describe(d)
	if err := d.end(o); err != nil {
		return "damaged: " + err.Error()
	}
	return text
}

func (o op) describe(d *decoder) string {
	switch o {
	case opSession:
		return fmt.Sprintf("session %d: client %q, expiry %d s", d.num(), d.bytes(), d.num())
	case opEnd:
		return fmt.Sprintf("session %d: ended", d.num())
	case opDetached:
		return describeDetached(d)
	case opSubscribe:
		return fmt.Sprintf("session %d: subscribed %q, options %#x, identifier %d", d.num(), d.bytes(), d.num(), d.num())
	case opUnsub:
		return fmt.Sprintf("session %d: unsubscribed %q", d.num(), d.bytes())
	case opRetain:
		return "retained: " + describeMessage(d)
	case opUnretain:
		return fmt.Sprintf("not retained any more: %q", d.bytes())
	case opMessage:
		return describeDeliveries(d)
	case opDone:
		return fmt.Sprintf("session %d: delivery %d acknowledged", d.num(), d.num())
	case opReceived:
		return fmt.Sprintf("session %d: delivery %d received, to be released", d.num(), d.num())
	case opReleased:
		return fmt.Sprintf("session %d: packet identifier %d from the client released", d.num(), d.num())
	case opOrdinal:
		return fmt.Sprintf("session %d: %d deliveries so far", d.num(), d.num())
	}
	d.fail()
	return ""
}

func describeDetached(d *decoder) string {
	sid, end, will := d.num(), d.num(), d.num()
	text := fmt.Sprintf("session %d: client away, ends %s", sid, describeTime(end))
	if will != 0 {
		text += fmt.Sprintf(", will %s: %s", describeTime(will), describeMessage(d))
	}
	return text
}

func describeDeliveries(d *decoder) string {
	var b strings.Builder
	origin, id := d.num(), d.num()
	fmt.Fprintf(&b, "message: %s", describeMessage(d))
	if origin != 0 {
		fmt.Fprintf(&b, ", from session %d with packet identifier %d", origin, id)
	}
	n := d.num()
	for range min(n, uint64(len(d.b))) {
		e := d.entry()
		fmt.Fprintf(&b, ", to session %d as delivery %d at QoS %d", e.sid, e.ord, e.qos)
	}
	return b.String()
}

func describeMessage(d *decoder) string {
	m := d.message(func(wall int64) int64 { return wall })
	if m == nil {
		return ""
	}
	text := fmt.Sprintf("%q, %d bytes, QoS %d", m.topic, len(m.payload), m.qos)
	if m.expires != 0 {
		text += ", expires " + describeTime(uint64(m.expires))
	}
	return text
}

func describeTime(wall uint64) string {
	if wall == 0 {
		return "never"
	}
	return time.Unix(0, int64(wall)).UTC().Format(time.RFC3339)
}
