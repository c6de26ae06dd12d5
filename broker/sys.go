package broker

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
)

const defaultSysInterval = 10 * time.Second

// sysTopics publishes the server's counters under $SYS/broker, in mosquitto's
// spelling, when they change.
type sysTopics struct {
	srv   *Server
	last  map[string]string
	loads []load
	at    int64
	heap  uint64 // most bytes of heap seen
}

// load is an exponentially weighted rate per minute over 1, 5 and 15 minutes.
type load struct {
	topic string
	value func(*stats) int64
	prev  int64
	rates [3]float64
}

var loadMinutes = [3]float64{1, 5, 15}

// startSys publishes $SYS at once and then at every interval until ctx ends.
// On the same occasion it gives up expired retained messages, also when $SYS
// is off.
func (s *Server) startSys(ctx context.Context) {
	every := s.SysInterval
	if every <= 0 {
		every = defaultSysInterval
	}
	refresh := func() {}
	if s.SysInterval >= 0 {
		t := &sysTopics{srv: s, last: make(map[string]string), loads: newLoads(), at: s.now()}
		t.put("version", "mqt version "+buildVersion())
		refresh = t.refresh
	}
	refresh()
	s.stopped.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if n := s.retained.expire(s.now()); n > 0 {
					s.drop(dropExpired, n, "") // as their publishers wanted
				}
				refresh()
			}
		}
	})
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

func newLoads() []load {
	return []load{
		{topic: "messages/received", value: func(s *stats) int64 { return s.flows.total().msgsIn }},
		{topic: "messages/sent", value: func(s *stats) int64 { return s.flows.total().msgsOut }},
		{topic: "publish/dropped", value: (*stats).droppedTotal},
		{topic: "publish/received", value: func(s *stats) int64 { return s.flows.total().pubIn }},
		{topic: "publish/sent", value: func(s *stats) int64 { return s.flows.total().pubOut }},
		{topic: "bytes/received", value: func(s *stats) int64 { return s.flows.total().bytesIn }},
		{topic: "bytes/sent", value: func(s *stats) int64 { return s.flows.total().bytesOut }},
		{topic: "sockets", value: func(s *stats) int64 { return s.opened.Load() }},
		{topic: "connections", value: func(s *stats) int64 { return s.opened.Load() }},
	}
}

func (t *sysTopics) refresh() {
	now := t.srv.now()
	t.put("uptime", strconv.FormatInt(now/int64(time.Second), 10)+" seconds")
	t.clients()
	t.traffic()
	t.memory()
	minutes := float64(now-t.at) / float64(time.Minute)
	t.at = now
	if minutes == 0 {
		return
	}
	for i := range t.loads {
		t.load(&t.loads[i], minutes)
	}
}

func (t *sysTopics) clients() {
	st := &t.srv.stats
	reg := &t.srv.sessions
	reg.mu.Lock()
	total := int64(len(reg.byID))
	reg.mu.Unlock()
	connected := min(st.clients.Load(), total)
	t.num("clients/total", total)
	t.num("clients/maximum", st.maximum.Load())
	t.num("clients/disconnected", total-connected)
	t.num("clients/inactive", total-connected)
	t.num("clients/connected", connected)
	t.num("clients/active", connected)
	t.num("clients/expired", st.expired.Load())
	t.num("connections/socket/count", st.sockets.Load())
	t.num("subscriptions/count", st.subs.Load())
	t.num("shared_subscriptions/count", st.shared.Load())
}

func (t *sysTopics) traffic() {
	st := &t.srv.stats
	sum := st.flows.total()
	n, bytes := t.srv.retained.count()
	t.num("retained messages/count", int64(n))
	t.num("messages/stored", int64(n)+st.queued.Load())
	t.num("store/messages/count", int64(n)+st.queued.Load())
	t.num("store/messages/bytes", int64(bytes)+st.queuedB.Load())
	t.num("messages/received", sum.msgsIn)
	t.num("messages/sent", sum.msgsOut)
	t.num("bytes/received", sum.bytesIn)
	t.num("bytes/sent", sum.bytesOut)
	t.num("publish/bytes/received", sum.pubInB)
	t.num("publish/bytes/sent", sum.pubOutB)
	t.num("publish/messages/dropped", st.droppedTotal())
	t.num("publish/messages/received", sum.pubIn)
	t.num("publish/messages/sent", sum.pubOut)
	t.num("packet/out/count", st.queued.Load())
	t.num("packet/out/bytes", st.queuedB.Load())
	for i, name := range dropNames {
		t.num("publish/messages/dropped/"+name, st.dropped[i].Load())
	}
	t.num("connections/refused", st.refused.Load())
	for i, name := range closeNames {
		t.num("connections/closed/"+name, st.closed[i].Load())
	}
}

func (t *sysTopics) memory() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.heap = max(t.heap, m.HeapAlloc)
	t.num("heap/current", int64(m.HeapAlloc))
	t.num("heap/maximum", int64(t.heap))
	limited := int64(0)
	if t.srv.memory.limited.Load() {
		limited = 1
	}
	t.num("memory/limited", limited)
}

func (t *sysTopics) load(l *load, minutes float64) {
	v := l.value(&t.srv.stats)
	rate := float64(v-l.prev) / minutes
	l.prev = v
	for i, span := range loadMinutes {
		weight := math.Exp(-minutes / span)
		l.rates[i] = rate + weight*(l.rates[i]-rate)
		t.put(fmt.Sprintf("load/%s/%gmin", l.topic, span), fmt.Sprintf("%.2f", l.rates[i]))
	}
}

func (t *sysTopics) num(topic string, v int64) { t.put(topic, strconv.FormatInt(v, 10)) }

// put publishes a value unless it is what was published last.
func (t *sysTopics) put(topic, value string) {
	if t.last[topic] == value {
		return
	}
	t.last[topic] = value
	b := t.srv.takeBatch()
	defer t.srv.putBatch(b)
	b.publishKept(&message{topic: []byte("$SYS/broker/" + topic), payload: []byte(value), expiryAt: -1, retain: true})
}
