// Package scram is the client's side of SCRAM-SHA-256, RFC 5802 and RFC 7677,
// without channel binding, and the arithmetic that the server shares with it.
package scram
