// Package transport turns a broker's URL into a connection or a listener. It
// knows the schemes mqtt (TCP), mqtts (TLS), ws and wss (WebSocket) and unix
// (a socket in the file system), for listeners also any (all of them on one
// port) and http and https (no MQTT), and nothing about MQTT itself but its
// first byte. It also holds what a server needs around its sockets:
// certificates that follow their files (TLSFiles), certificates for
// development (DevTLS), the PROXY protocol, and systemd's sockets and
// notifications.
package transport
