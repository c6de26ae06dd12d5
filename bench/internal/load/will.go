package load

// willSeq is the sequence number in the payload of a will: no message has it.
const willSeq = 0xFFFFFFFF

// will returns the payload of the client's will, which names the client.
func (c *client) will() []byte {
	b := make([]byte, HeaderSize)
	header{publisher: uint32(c.index), seq: willSeq}.put(b)
	return b
}

func (l *Load) willSteps() []step {
	kill := func(now int64) {
		l.measureStored(now)
		for _, c := range l.clients {
			if c.plan.Will == "" || c.phase != ready {
				continue
			}
			l.leave(c, false)
			l.counts.Intended++
			for _, s := range l.subs {
				if s.client.phase == ready {
					l.counts.Expected++
					l.owed++
				}
			}
		}
	}
	fetch := l.fetch(func(int64) {})
	fetch.begin = kill
	end := l.finish()
	begin := end.begin
	end.begin = func(now int64) {
		begin(now)
		l.counts.Lost = l.owed
	}
	return []step{fetch, end}
}

// deliverWill counts and times the will of the client with that index.
func (s *subscriber) deliverWill(index uint32, size int, now int64) {
	l := s.load
	if int(index) >= len(l.clients) || l.clients[index].plan.Will == "" || l.series.start == 0 {
		l.counts.Unparsed++
		return
	}
	if !mark(&s.wills, uint64(index)) {
		l.counts.Duplicated++
		return
	}
	l.owed -= min(1, l.owed)
	l.counts.Wills++
	l.counts.Delivered++
	l.counts.BytesDelivered += uint64(size)
	l.inTime++
	l.last, l.lastRan = now, l.ran(now)
	l.timed(l.series.start, now, now)
}
