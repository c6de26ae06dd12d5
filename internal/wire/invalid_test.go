package wire

import (
	"errors"
	"testing"

	"mqt/internal/mqtt"
)

// invalid is a packet that must be refused with a code.
type invalid struct {
	name  string
	v     mqtt.Version
	first byte
	body  string
	code  mqtt.ReasonCode
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	tests := append(invalidConnects(), invalidPublishes()...)
	tests = append(tests, invalidSubscribes()...)
	tests = append(tests, invalidOthers()...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := frame(tt.first, raw(t, tt.body))
			p, err := decode(b, tt.v)
			var re *mqtt.ReasonError
			if !errors.As(err, &re) || re.Code != tt.code || re.Op != "" || re.Reason == "" {
				t.Errorf("decode(% x) = %+v, %v, want %v with a reason in words", b, p, err, tt.code)
			}
		})
	}
}

const (
	bad   = mqtt.MalformedPacket
	wrong = mqtt.ProtocolError
)

func invalidConnects() []invalid {
	return []invalid{
		{"connect name MQTX", 0, 0x10, `"MQTX" 04 02 0000 "i"`, mqtt.UnsupportedProtocolVersion},
		{"connect empty name", 0, 0x10, `"" 04 02 0000 "i"`, mqtt.UnsupportedProtocolVersion},
		{"connect empty name and level 2", 0, 0x10, `"" 02 02 3030 ""`, mqtt.UnsupportedProtocolVersion},
		{"connect MQTT level 3", 0, 0x10, `"MQTT" 03 02 0000 "i"`, mqtt.UnsupportedProtocolVersion},
		{"connect MQTT level 6", 0, 0x10, `"MQTT" 06 02 0000 00 "i"`, mqtt.UnsupportedProtocolVersion},
		{"connect MQIsdp level 4", 0, 0x10, `"MQIsdp" 04 02 0000 "i"`, mqtt.UnsupportedProtocolVersion},
		{"connect bridge bit", 0, 0x10, `"MQTT" 84 02 0000 "i"`, mqtt.UnsupportedProtocolVersion},
		{"connect name is not UTF-8", 0, 0x10, `0002 ff41 04 02 0000 "i"`, bad},
		{"connect nothing", 0, 0x10, ``, bad},
		{"connect flags", 0, 0x11, `"MQTT" 04 02 0000 "i"`, bad},
		{"connect reserved flag", 0, 0x10, `"MQTT" 04 03 0000 "i"`, bad},
		{"connect reserved flag 5", 0, 0x10, `"MQTT" 05 03 0000 00 "i"`, bad},
		{"connect will QoS 3", 0, 0x10, `"MQTT" 05 1c 0000 00 "i" 00 "t" "p"`, bad},
		{"connect will QoS without will", 0, 0x10, `"MQTT" 04 08 0000 "i"`, wrong},
		{"connect will retain without will", 0, 0x10, `"MQTT" 04 20 0000 "i"`, wrong},
		{"connect password without user name 3.1", 0, 0x10, `"MQIsdp" 03 40 0000 "i" "p"`, wrong},
		{"connect password without user name 3.1.1", 0, 0x10, `"MQTT" 04 40 0000 "i" "p"`, wrong},
		{"connect tail", 0, 0x10, `"MQTT" 04 02 0000 "i" 00`, bad},
		{"connect identifier with NUL", 0, 0x10, `"MQTT" 04 02 0000 0003 610062`, bad},
		{"connect identifier with a surrogate", 0, 0x10, `"MQTT" 04 02 0000 0003 eda080`, bad},
		{"connect overlong UTF-8 NUL", 0, 0x10, `"MQTT" 04 02 0000 0002 c080`, bad},
		{"connect user name is not UTF-8", 0, 0x10, `"MQTT" 04 82 0000 "i" 0001 ff`, bad},
		{"connect empty will topic 3.1.1", 0, 0x10, `"MQTT" 04 06 0000 "i" "" "p"`, bad},
		{"connect empty will topic 5", 0, 0x10, `"MQTT" 05 06 0000 00 "i" 00 "" "p"`, wrong},
		{"connect wildcard will topic", 0, 0x10, `"MQTT" 05 06 0000 00 "i" 00 "a/+" "p"`, mqtt.TopicNameInvalid},
		{"connect will topic with NUL", 0, 0x10, `"MQTT" 05 06 0000 00 "i" 00 0001 00 "p"`, bad},
		{"connect property of the will", 0, 0x10, `"MQTT" 05 02 0000 [ 18 00000001 ] "i"`, bad},
		{"connect will property of connect", 0, 0x10, `"MQTT" 05 06 0000 00 "i" [ 11 00000001 ] "t" "p"`, bad},
		{"connect will delay twice", 0, 0x10, `"MQTT" 05 06 0000 00 "i" [ 18 00000001 18 00000001 ] "t" "p"`, wrong},
		{"connect receive maximum 0", 0, 0x10, `"MQTT" 05 02 0000 [ 21 0000 ] "i"`, wrong},
		{"connect auth data without method", 0, 0x10, `"MQTT" 05 02 0000 [ 16 "d" ] "i"`, wrong},
		{"connack flags", 4, 0x21, `00 00`, bad},
		{"connack reserved bits", 4, 0x20, `02 00`, bad},
		{"connack session in a refusal 3.1.1", 4, 0x20, `01 05`, wrong},
		{"connack session in a refusal 5", 5, 0x20, `01 87 00`, wrong},
		{"connack return code 6", 4, 0x20, `00 06`, wrong},
		{"connack reason code 1", 5, 0x20, `00 01 00`, wrong},
		{"connack reason code of another packet", 5, 0x20, `00 8e 00`, wrong},
		{"connack tail 3.1.1", 4, 0x20, `00 00 00`, bad},
		{"connack maximum QoS 2", 5, 0x20, `00 00 [ 24 02 ]`, wrong},
	}
}

func invalidPublishes() []invalid {
	return []invalid{
		{"publish QoS 3", 4, 0x36, `"a" 0001`, bad},
		{"publish DUP at QoS 0", 4, 0x38, `"a"`, bad},
		{"publish nothing", 5, 0x30, ``, bad},
		{"publish packet identifier 0", 4, 0x32, `"a" 0000`, wrong},
		{"publish without packet identifier", 4, 0x32, `"a" 00`, bad},
		{"publish empty topic 3.1", 3, 0x30, `""`, bad},
		{"publish empty topic 3.1.1", 4, 0x30, `""`, bad},
		{"publish empty topic without alias", 5, 0x30, `"" 00`, wrong},
		{"publish wildcard #", 4, 0x30, `"a/#"`, mqtt.TopicNameInvalid},
		{"publish wildcard +", 5, 0x30, `"long/topic/name/+/" 00`, mqtt.TopicNameInvalid},
		{"publish topic with NUL", 4, 0x30, `0001 00`, bad},
		{"publish long topic with NUL", 4, 0x30, `0009 616161616161616100`, bad},
		{"publish topic is not UTF-8", 4, 0x30, `000a 6161616161616161 c3 28`, bad},
		{"publish surrogate", 5, 0x30, `0003 edbfbf 00`, bad},
		{"publish alias 0", 5, 0x30, `"a" [ 23 0000 ]`, mqtt.TopicAliasInvalid},
		{"publish alias twice", 5, 0x30, `"a" [ 23 0001 23 0001 ]`, wrong},
		{"publish no property length", 5, 0x30, `"a"`, bad},
		{"publish property length beyond the packet", 5, 0x30, `"a" ffffff7f 01`, bad},
		{"publish overlong property length", 5, 0x30, `"a" 8000`, bad},
		{"publish property of five length bytes", 5, 0x30, `"a" 8080808001`, bad},
		{"publish unknown property", 5, 0x30, `"a" [ 7f 00 ]`, bad},
		{"publish property identifier of two bytes", 5, 0x30, `"a" [ 8001 00 ]`, bad},
		{"publish property 0", 5, 0x30, `"a" [ 00 00 ]`, bad},
		{"publish property of connack", 5, 0x30, `"a" [ 1f "r" ]`, bad},
		{"publish payload format 2", 5, 0x30, `"a" [ 01 02 ]`, wrong},
		{"publish expiry twice", 5, 0x30, `"a" [ 02 00000001 02 00000002 ]`, wrong},
		{"publish empty response topic", 5, 0x30, `"a" [ 08 "" ]`, wrong},
		{"publish wildcard response topic", 5, 0x30, `"a" [ 08 "r/#" ]`, mqtt.TopicNameInvalid},
		{"publish subscription identifier 0", 5, 0x30, `"a" [ 0b 00 ]`, wrong},
		{"publish overlong subscription identifier", 5, 0x30, `"a" [ 0b 8100 ]`, bad},
		{"publish content type with NUL", 5, 0x30, `"a" [ 03 0001 00 ]`, bad},
		{"publish user property is not UTF-8", 5, 0x30, `"a" [ 26 "k" 0001 80 ]`, bad},
		{"publish user property name with NUL", 5, 0x30, `"a" [ 26 0001 00 "v" ]`, bad},
		{"puback flags", 4, 0x42, `0001`, bad},
		{"puback identifier 0", 4, 0x40, `0000`, wrong},
		{"puback tail 3.1.1", 4, 0x40, `0001 00`, bad},
		{"puback unknown code", 5, 0x40, `0001 01`, wrong},
		{"puback code of pubrel", 5, 0x40, `0001 92`, wrong},
		{"puback two reason strings", 5, 0x40, `0001 00 [ 1f "" 1f "" ]`, wrong},
		{"puback property of publish", 5, 0x40, `0001 00 [ 01 00 ]`, bad},
		{"puback tail 5", 5, 0x40, `0001 00 00 00`, bad},
		{"pubrel flags 0", 4, 0x60, `0001`, bad},
		{"pubrel DUP 3.1.1", 4, 0x6a, `0001`, bad},
		{"pubrel DUP 5", 5, 0x6a, `0001`, bad},
		{"pubrel code of puback", 5, 0x62, `0001 10`, wrong},
	}
}
