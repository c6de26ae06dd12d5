// Package auth decides who may connect to a broker and what they may do: by
// mosquitto's password file and ACL file, by JSON Web Tokens, by SCRAM-SHA-256
// over MQTT 5 enhanced authentication, and by asking a program over HTTP.
//
// Open puts what is configured together into an [Authorizer] for
// broker.Server.Auth. The parts also work alone: [ParsePasswords] and
// [ParseACL] read mosquitto's files, [PasswordFile] edits the former, and
// [ClientExchange] is the client's side of SCRAM-SHA-256.
//
// Everything fails closed. A file with one wrong line is refused as a whole,
// with the line's number; when that happens at a reload, the tables that were
// in force stay in force. A hook that does not answer has refused.
package auth
