package load

import (
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// respond answers a request with its own payload, where it wants it. A request
// without a response topic is ignored.
func (c *client) respond(request *wire.Publish) error {
	asked := request.Props.Parse()
	to := asked.Text(mqtt.PropResponseTopic)
	if to == "" {
		return nil
	}
	answer := wire.Publish{QoS: c.load.plan.QoS, Topic: []byte(to), Payload: request.Payload}
	if data, ok := asked.Get(mqtt.PropCorrelationData); ok {
		var err error
		if answer.Props, err = wire.AppendProperties(nil, mqtt.Properties{data}); err != nil {
			return err
		}
	}
	if answer.QoS > mqtt.AtMostOnce {
		c.replies = c.replies%maxWindow + 1
		answer.PacketID = c.replies
	}
	var err error
	c.out, err = answer.Append(c.out, c.load.plan.Version)
	return err
}
