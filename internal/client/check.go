package client

import (
	"errors"
	"fmt"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// needsV5 says what an older protocol version cannot carry.
func needsV5(what string) error { return fmt.Errorf("%s needs MQTT 5", what) }

// propsNeedV5 refuses properties, by name, in versions that have none.
func propsNeedV5(v mqtt.Version, ps mqtt.Properties) error {
	if v == mqtt.V5 || v == 0 || len(ps) == 0 {
		return nil
	}
	name := ps[0].ID.String()
	if name == "" {
		name = fmt.Sprintf("property %d", ps[0].ID)
	}
	return needsV5(name)
}

// check refuses what cannot be sent with version v; 0 stands for automatic.
func (o *Options) check(v mqtt.Version) error {
	switch {
	case o.Dial == nil:
		return errors.New("client: Options.Dial is nil")
	case v != 0 && (v < mqtt.V31 || v > mqtt.V5):
		return fmt.Errorf("%v is not supported", v)
	case o.KeepAlive > 65535*time.Second:
		return fmt.Errorf("keep alive %v is longer than 65,535 seconds", o.KeepAlive)
	case o.KeepAlive%time.Second != 0 && o.KeepAlive > 0:
		return fmt.Errorf("keep alive %v is not a whole number of seconds", o.KeepAlive)
	}
	if err := o.checkWill(v); err != nil {
		return err
	}
	if err := o.checkAuth(v); err != nil {
		return err
	}
	if v == mqtt.V5 || v == 0 {
		_, err := (&wire.Disconnect{Props: o.DisconnectProps}).Append(nil, mqtt.V5)
		return err
	}
	for _, ps := range []mqtt.Properties{o.Props, o.DisconnectProps} {
		if err := propsNeedV5(v, ps); err != nil {
			return err
		}
	}
	switch {
	case o.Password != nil && o.Username == "" && !o.HasUsername: // [MQTT-3.1.2-22] of 3.1.1
		return needsV5("a password without a user name")
	case o.ClientID == "" && v == mqtt.V311 && !o.CleanStart: // [MQTT-3.1.3-7] of 3.1.1
		return errors.New("an empty client identifier needs a clean session in MQTT 3.1.1")
	case o.ClientID == "" && v == mqtt.V31 && !o.CleanStart:
		return errors.New("a random client identifier needs a clean session")
	}
	return nil
}

func (o *Options) checkWill(v mqtt.Version) error {
	w := o.Will
	if w == nil {
		return nil
	}
	if err := mqtt.CheckTopic(w.Topic); err != nil {
		return fmt.Errorf("will topic %w", err)
	}
	if !w.QoS.Valid() {
		return fmt.Errorf("will QoS %d is not 0, 1 or 2", w.QoS)
	}
	if len(w.Payload) > 65535 {
		return fmt.Errorf("will payload of %d bytes is longer than 65,535", len(w.Payload))
	}
	return propsNeedV5(v, w.Props)
}

// checkMessage refuses what is not a message to publish. The topic of the
// last message needs no second look.
func (c *Client) checkMessage(m *mqtt.Message) error {
	if m.Topic != c.lastTopic || m.Topic == "" {
		if err := mqtt.CheckTopic(m.Topic); err != nil {
			return fmt.Errorf("topic %q %w", clip(m.Topic), err)
		}
		c.lastTopic = m.Topic
	}
	if !m.QoS.Valid() {
		return fmt.Errorf("QoS %d is not 0, 1 or 2", m.QoS)
	}
	return propsNeedV5(c.version, m.Props)
}

func clip(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

func checkSubscriptions(v mqtt.Version, subs []mqtt.Subscription) error {
	for _, s := range subs {
		switch {
		case s.Filter == mqtt.Filter{}:
			return errors.New("subscription without a topic filter")
		case !s.QoS.Valid():
			return fmt.Errorf("QoS %d is not 0, 1 or 2", s.QoS)
		case !s.RetainHandling.Valid():
			return fmt.Errorf("retain handling %d is not 0, 1 or 2", s.RetainHandling)
		case v == mqtt.V5:
		case s.NoLocal:
			return needsV5("no-local")
		case s.RetainAsPublished:
			return needsV5("retain-as-published")
		case s.RetainHandling != 0:
			return needsV5("retain-handling")
		}
		if s.NoLocal && s.Filter.ShareGroup() != "" { // [MQTT-3.8.3-4]
			return fmt.Errorf("no-local cannot be combined with the shared subscription %s", s.Filter)
		}
	}
	return nil
}
