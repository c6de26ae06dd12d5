package compat

import (
	"strings"

	"mqt/internal/mqtt"
)

// check looks at the options together, in mosquitto's order.
func (p *parser) check() error {
	o := p.o
	if o.HasWillPayload && !o.HasWillTopic {
		return mistake("Will payload given, but no will topic given.")
	}
	if o.WillRetain && !o.HasWillTopic {
		return mistake("Will retain given, but no will topic given.")
	}
	if err := p.checkSecurity(); err != nil {
		return err
	}
	if err := p.checkSession(); err != nil {
		return err
	}
	if p.program == Sub && len(o.Topics)+len(o.Unsubscribe) == 0 {
		return mistake("You must specify a topic to subscribe to (-t) or unsubscribe from (-U).")
	}
	if err := o.checkProperties(); err != nil {
		return err
	}
	if p.program == RR && (len(o.Topics) == 0 || o.Input == NoInput || o.ResponseTopic == "") {
		return mistake("All of topic, message, and response topic must be supplied.")
	}
	return nil
}

// checkProperties looks for what the broker would close the connection over.
// To CONNECT, the session expiry interval is added when there is one.
func (o *Options) checkProperties() error {
	for _, packet := range []string{"CONNECT", "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", "DISCONNECT", "Will"} {
		seen := map[mqtt.PropertyID]bool{}
		if packet == "CONNECT" && o.Version == mqtt.V5 && o.SessionExpiry > 0 {
			seen[mqtt.PropSessionExpiry] = true
		}
		for _, prop := range *o.list(strings.ToLower(packet)) {
			why := ""
			switch {
			case prop.ID != mqtt.PropUser && seen[prop.ID]:
				why = "Duplicate property in property list"
			case !inRange(prop):
				why = "A network protocol error occurred when communicating with the broker."
			}
			if why != "" {
				return &UsageError{Text: "Error in " + packet + " properties: " + why, whole: true}
			}
			seen[prop.ID] = true
		}
	}
	return nil
}

// inRange reports whether MQTT 5 allows the value, as far as mosquitto looks.
func inRange(p mqtt.Property) bool {
	switch p.ID {
	case mqtt.PropReceiveMaximum, mqtt.PropMaximumPacketSize, mqtt.PropTopicAlias:
		return p.Int != 0
	case mqtt.PropRequestProblemInfo, mqtt.PropRequestResponseInfo, mqtt.PropPayloadFormat:
		return p.Int <= 1
	case mqtt.PropResponseTopic:
		return validPublishTopic(p.Value)
	}
	return true
}

func (p *parser) checkSecurity() error {
	o := p.o
	switch {
	case (o.Cert == "") != (o.Key == ""):
		return mistake("Both certfile and keyfile must be provided if one of them is set.")
	case o.Keyform != "" && o.Key == "":
		return mistake("If keyform is set, keyfile must be also specified.")
	case o.EngineKeySHA1 != "" && (o.Keyform == "" || o.Engine == ""):
		return mistake("when using tls-engine-kpass-sha1, both tls-engine and keyform must also be provided.")
	case (o.CAFile != "" || o.CAPath != "") && o.PSK != "":
		return mistake("Only one of --psk or --cafile/--capath may be used at once.")
	case o.PSK != "" && o.PSKIdentity == "":
		return mistake("--psk-identity required if --psk used.")
	}
	return nil
}

// checkSession settles how long the session lasts, and that it has a name.
func (p *parser) checkSession() error {
	o := p.o
	named := o.HasID && !o.HasIDPrefix
	if o.Version != mqtt.V5 {
		if !o.Clean && !named {
			return mistake("You must provide a client id if you are using the -c option.")
		}
		return nil
	}
	expiry := p.expiry
	if expiry < 0 {
		expiry = 0
		if !o.Clean {
			expiry = NeverExpires
		}
	}
	if expiry == NeverExpires && !named {
		return mistake("You must provide a client id if you are using an infinite session expiry interval.")
	}
	o.SessionExpiry = uint32(expiry)
	return nil
}
