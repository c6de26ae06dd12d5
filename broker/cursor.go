package broker

import "mqt/internal/mqtt"

// keepCursors is called when the connection is lost. For a session that goes
// on it keeps the retained messages that subscriptions at QoS 1 and 2 have
// still to bring, which are session state (MQTT 5.0 section 4.1), but no more
// than may be queued. Called with mu held.
func (s *session) keepCursors() {
	room := s.srv.lim.MaxQueuedMessages
	kept := s.cursors[:0]
	for _, c := range s.cursors {
		if !s.durable || c.sub.target.qos == mqtt.AtMostOnce || c.left() == 0 {
			continue
		}
		if over := c.left() - room; over > 0 {
			s.srv.dropped(dropQueueFull, over, s.id)
			c.entries = c.entries[:c.next+room]
		}
		room -= c.left()
		kept = append(kept, c)
	}
	clear(s.cursors[len(kept):])
	s.cursors = kept
}
