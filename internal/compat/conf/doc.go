// Package conf reads the configuration file of a broker: mosquitto's
// mosquitto.conf, as mosquitto 2.1 does, or our own in TOML; which of the two
// a file is follows from its content. Both become one [Config], which names
// no type of the broker.
//
// Every key of mosquitto is a row of a table. It is mapped to a key of the
// TOML form, or ignored with a [Warning] that says what happens instead, or,
// where ignoring it would let somebody in, refused with an [Error].
package conf
