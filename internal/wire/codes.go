package wire

import (
	"fmt"

	"mqt/internal/mqtt"
)

// codePlaces says which packets may carry a reason code, MQTT 5.0 section 2.4.
var codePlaces = [256]places{
	mqtt.Success:                     inConnack | inAcks | inSuback | inUnsuback | inDisconnect | inAuth,
	mqtt.GrantedQoS1:                 inSuback,
	mqtt.GrantedQoS2:                 inSuback,
	mqtt.DisconnectWithWill:          inDisconnect,
	mqtt.NoMatchingSubscribers:       inPuback | inPubrec,
	mqtt.NoSubscriptionExisted:       inUnsuback,
	mqtt.ContinueAuthentication:      inAuth,
	mqtt.Reauthenticate:              inAuth,
	mqtt.UnspecifiedError:            inConnack | inPuback | inPubrec | inSuback | inUnsuback | inDisconnect,
	mqtt.MalformedPacket:             inConnack | inDisconnect,
	mqtt.ProtocolError:               inConnack | inDisconnect,
	mqtt.ImplementationSpecificError: inConnack | inPuback | inPubrec | inSuback | inUnsuback | inDisconnect,
	mqtt.UnsupportedProtocolVersion:  inConnack,
	mqtt.ClientIdentifierNotValid:    inConnack,
	mqtt.BadUserNameOrPassword:       inConnack,
	mqtt.NotAuthorized:               inConnack | inPuback | inPubrec | inSuback | inUnsuback | inDisconnect,
	mqtt.ServerUnavailable:           inConnack,
	mqtt.ServerBusy:                  inConnack | inDisconnect,
	mqtt.Banned:                      inConnack,
	mqtt.ServerShuttingDown:          inDisconnect,
	mqtt.BadAuthenticationMethod:     inConnack | inDisconnect,
	mqtt.KeepAliveTimeout:            inDisconnect,
	mqtt.SessionTakenOver:            inDisconnect,
	mqtt.TopicFilterInvalid:          inSuback | inUnsuback | inDisconnect,
	mqtt.TopicNameInvalid:            inConnack | inPuback | inPubrec | inDisconnect,
	mqtt.PacketIdentifierInUse:       inPuback | inPubrec | inSuback | inUnsuback,
	mqtt.PacketIdentifierNotFound:    inPubrel | inPubcomp,
	mqtt.ReceiveMaximumExceeded:      inDisconnect,
	mqtt.TopicAliasInvalid:           inDisconnect,
	mqtt.PacketTooLarge:              inConnack | inDisconnect,
	mqtt.MessageRateTooHigh:          inDisconnect,
	mqtt.QuotaExceeded:               inConnack | inPuback | inPubrec | inSuback | inDisconnect,
	mqtt.AdministrativeAction:        inDisconnect,
	mqtt.PayloadFormatInvalid:        inConnack | inPuback | inPubrec | inDisconnect,
	mqtt.RetainNotSupported:          inConnack | inDisconnect,
	mqtt.QoSNotSupported:             inConnack | inDisconnect,
	mqtt.UseAnotherServer:            inConnack | inDisconnect,
	mqtt.ServerMoved:                 inConnack | inDisconnect,
	mqtt.SharedNotSupported:          inSuback | inDisconnect,
	mqtt.ConnectionRateExceeded:      inConnack | inDisconnect,
	mqtt.MaximumConnectTime:          inDisconnect,
	mqtt.SubIDNotSupported:           inSuback | inDisconnect,
	mqtt.WildcardNotSupported:        inSuback | inDisconnect,
}

// checkCode refuses a reason code that is not one of the packet's. It parses,
// but the protocol does not permit it: a protocol error by MQTT 5.0 section
// 1.2, as each packet's "MUST use one of" clause leaves the code open.
func checkCode(t Type, c mqtt.ReasonCode) error {
	if codePlaces[c]&t.place() != 0 {
		return nil
	}
	return protocolError(fmt.Sprintf("%v must not have the reason code 0x%02X", t, uint8(c)))
}

// connackReturn holds the MQTT 3.1 and 3.1.1 CONNACK return codes as reason
// codes.
var connackReturn = [...]mqtt.ReasonCode{
	0: mqtt.Success,
	1: mqtt.UnsupportedProtocolVersion,
	2: mqtt.ClientIdentifierNotValid,
	3: mqtt.ServerUnavailable,
	4: mqtt.BadUserNameOrPassword,
	5: mqtt.NotAuthorized,
}

// connackReturnOf returns the MQTT 3.1 and 3.1.1 return code nearest to c.
func connackReturnOf(c mqtt.ReasonCode) byte {
	switch c {
	case mqtt.Success:
		return 0
	case mqtt.UnsupportedProtocolVersion:
		return 1
	case mqtt.ClientIdentifierNotValid:
		return 2
	case mqtt.ServerUnavailable, mqtt.ServerBusy, mqtt.ServerShuttingDown, mqtt.QuotaExceeded,
		mqtt.UseAnotherServer, mqtt.ServerMoved, mqtt.ConnectionRateExceeded:
		return 3
	case mqtt.BadUserNameOrPassword:
		return 4
	}
	return 5
}
