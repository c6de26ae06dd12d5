// Package transport turns a broker's URL into a connection or a listener. It
// knows the schemes mqtt (TCP), mqtts (TLS), ws and wss (WebSocket) and unix
// (a socket in the file system), and nothing about MQTT itself.
package transport
