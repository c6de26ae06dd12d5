package broker

import "mqt/internal/mqtt"

// queue holds the deliveries that wait for one session, oldest first.
type queue struct {
	ring  []delivery // a power of two long
	head  int
	n     int
	bytes int
	qos0  int // deliveries at QoS 0 among them
}

func (q *queue) push(d delivery) {
	if q.n == len(q.ring) {
		ring := make([]delivery, max(16, 2*len(q.ring)))
		for i := range q.n {
			ring[i] = *q.at(i)
		}
		q.ring, q.head = ring, 0
	}
	*q.at(q.n) = d
	q.n++
	q.count(&d, 1)
}

func (q *queue) at(i int) *delivery { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

// peek returns the oldest delivery, nil when the queue is empty.
func (q *queue) peek() *delivery {
	if q.n == 0 {
		return nil
	}
	return q.at(0)
}

func (q *queue) pop() delivery {
	d := *q.at(0)
	*q.at(0) = delivery{}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	q.count(&d, -1)
	if q.n == 0 && len(q.ring) > 64 {
		q.ring, q.head = nil, 0
	}
	return d
}

// dropOldestQoS0 makes room by giving up the oldest delivery at QoS 0, if
// there is one.
func (q *queue) dropOldestQoS0() bool {
	if q.qos0 == 0 {
		return false
	}
	i := 0
	for q.at(i).qos != mqtt.AtMostOnce {
		i++
	}
	d := *q.at(i)
	for ; i > 0; i-- {
		*q.at(i) = *q.at(i - 1)
	}
	q.count(&d, -1)
	*q.at(0) = delivery{}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	return true
}

func (q *queue) count(d *delivery, sign int) {
	q.bytes += sign * d.msg.size()
	if d.qos == mqtt.AtMostOnce {
		q.qos0 += sign
	}
}
