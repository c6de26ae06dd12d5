package load

import (
	"time"

	"mqt/bench/result"
)

// outcome returns what there is at the end.
func (l *Load) outcome() *Outcome {
	now := l.now
	if l.ended == 0 {
		l.ended = now
	}
	o := &Outcome{
		View:        l.view(now),
		Errors:      l.errors,
		Seconds:     l.series.seconds,
		InTime:      l.inTime,
		SentInTime:  l.sent,
		AckedInTime: l.acked,
		Interrupted: l.interrupted,
		Connecting:  time.Duration(l.connecting),
	}
	o.Phase = result.Done
	o.Recent = nil
	o.Busy = l.busyAtEnd
	if l.series.start != 0 {
		o.Began = l.epoch.Add(time.Duration(l.series.start))
		o.Measured = time.Duration(l.ended - l.series.start)
		o.Drained = time.Duration(now - l.ended)
	}
	for _, in := range l.inboxes {
		for i := range in.streams {
			if st := &in.streams[i]; st.from != nil {
				o.StreamCount++
				o.addStream(in, st)
			}
		}
	}
	return o
}

// addStream adds a stream when there is something to say about it.
func (o *Outcome) addStream(in *inbox, st *stream) {
	if st.lost+st.duplicated+st.reordered == 0 {
		return
	}
	o.Streams = append(o.Streams, Stream{
		Publisher:  int(st.from.number),
		Subscriber: in.number,
		Expected:   st.from.next - min(st.from.next, st.from.measured),
		Lost:       st.lost,
		Duplicated: st.duplicated,
		Reordered:  st.reordered,
	})
}
