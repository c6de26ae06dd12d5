package broker

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// fixed is a Store that holds records and takes no more.
type fixed [][]byte

func (f fixed) Replay(fn func([]byte) error) error {
	for _, rec := range f {
		if err := fn(rec); err != nil {
			return err
		}
	}
	return nil
}

func (fixed) Append([]byte) uint64                          { return 0 }
func (fixed) Commit(_ uint64, done func(error))             { done(nil) }
func (fixed) Snapshot(func(func([]byte) error) error) error { return nil }
func (fixed) Size() int64                                   { return 0 }

// snapshotOf starts a server on the records and returns those that a snapshot
// of it has.
func snapshotOf(t *testing.T, recs fixed) (fixed, error) {
	s := &Server{Store: recs, SysInterval: -1}
	defer s.Close()
	if err := s.Start(); err != nil {
		return nil, err
	}
	var out fixed
	for _, sess := range s.sessions.list() {
		out = append(out, sess.records()...)
	}
	for _, m := range s.retained.messages() {
		out = append(out, record(nil, opRetain).message(m, s.journal.wall).b)
	}
	return out, nil
}

// TestSnapshotKeepsSessionsOfClientsThatAreAway: their clients need not have
// come back since the server started.
func TestSnapshotKeepsSessionsOfClientsThatAreAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		session := record(nil, opSession).num(1).text("c").num(60).b
		subscribed := record(nil, opSubscribe).num(1).text("a/+").num(13).num(3).b
		recs, err := snapshotOf(t, fixed{session, subscribed})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range [][]byte{session, subscribed} {
			if !slices.ContainsFunc(recs, func(rec []byte) bool { return bytes.Equal(rec, want) }) {
				t.Errorf("a snapshot of a session has %q, want %q among it", recs, want)
			}
		}
	})
}

// FuzzRecords starts a server on foreign records, each with a byte of its
// length in front. What cannot be understood is an error and is described as
// damaged; what can be is the same after a snapshot.
func FuzzRecords(f *testing.F) {
	f.Add(everyRecord())
	f.Fuzz(func(t *testing.T, data []byte) {
		var recs fixed
		for len(data) > 0 {
			n := min(int(data[0]), len(data)-1)
			recs, data = append(recs, data[1:1+n]), data[1+n:]
		}
		synctest.Test(t, func(t *testing.T) { // so that nothing expires in between
			once, err := snapshotOf(t, recs)
			damaged := slices.ContainsFunc(recs, func(rec []byte) bool { return strings.HasPrefix(describeRecord(rec), "damaged") })
			if damaged != (err != nil) || damaged && !errors.Is(err, errRecord) {
				t.Fatalf("Start() = %v, and a record is damaged: %t", err, damaged)
			}
			if err != nil {
				return
			}
			twice, err := snapshotOf(t, once)
			if err != nil {
				t.Fatalf("Start() on a snapshot = %v", err)
			}
			slices.SortFunc(once, bytes.Compare)
			slices.SortFunc(twice, bytes.Compare)
			if !slices.EqualFunc(once, twice, bytes.Equal) {
				t.Fatalf("a snapshot has\n  %q, and of it\n  %q", once, twice)
			}
		})
	})
}

// everyRecord returns a record of each kind, in an order in which each counts.
func everyRecord() []byte {
	wall := func(ns int64) int64 { return ns }
	m := &message{topic: []byte("a/b"), payload: []byte("x"), qos: 1, retain: true, expiryAt: -1}
	first := &entry{sid: 1, ord: 1, qos: 2, subIDs: []uint32{3, 4}}
	second := &entry{sid: 1, ord: 2, qos: 1, retain: true}
	var out []byte
	for _, e := range []*encoder{
		record(nil, opSession).num(1).text("c").num(60),
		record(nil, opSession).num(2).text("d").num(neverExpires),
		record(nil, opSubscribe).num(1).text("a/+").num(2).num(3),
		record(nil, opSubscribe).num(1).text("$share/g/#").num(13).num(0),
		record(nil, opSubscribe).num(2).text("b").num(0).num(0),
		record(nil, opUnsub).num(2).text("b"),
		record(nil, opRetain).message(m, wall),
		record(nil, opUnretain).text("b"),
		record(nil, opMessage).num(2).num(7).message(m, wall).num(2).entry(first).entry(second),
		record(nil, opReceived).num(1).num(1),
		record(nil, opOrdinal).num(1).num(5),
		record(nil, opReleased).num(2).num(8),
		record(nil, opDone).num(1).num(9),
		record(nil, opDetached).num(1).num(1<<60).num(1<<61).message(m, wall),
		record(nil, opEnd).num(3),
	} {
		out = append(append(out, byte(len(e.b))), e.b...)
	}
	return out
}
