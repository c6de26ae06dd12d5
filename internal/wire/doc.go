// Package wire encodes and decodes the control packets of MQTT 3.1, 3.1.1 and
// 5.0. It treats its input as hostile: a length is checked before anything is
// allocated for it, and what breaks a rule of the specification is refused
// with the reason code the specification asks for.
package wire
