package compat

import "fmt"

// The versions that --version tells: scripts ask it what they can rely on.
const (
	clientVersion  = "2.1.2"
	libraryVersion = "2.1.0"
)

// Version returns what --version prints.
func Version(p Program) string {
	return fmt.Sprintf("%v version %s running on libmosquitto %s.\n", p, clientVersion, libraryVersion)
}

// Usage returns what --help prints. What the options do is mosquitto's; the
// words are not.
func Usage(p Program) string {
	switch p {
	case Pub:
		return "mosquitto_pub publishes messages to one topic of an MQTT broker.\n" + Version(p) + pubUsage + commonUsage
	case RR:
		return "mosquitto_rr publishes a request and prints the response.\n" + Version(p) + rrUsage + commonUsage
	}
	return "mosquitto_sub subscribes to topics of an MQTT broker and prints what arrives.\n" + Version(p) + subUsage + commonUsage
}

const pubUsage = `This is mqt under another name; "mqt pub --help" tells of more.

Usage: mosquitto_pub [options] {-t topic | -L URL} {-m message | -f file | -s | -l | -n}

Message:
 -t, --topic          topic to publish to
 -m, --message        the message
 -f, --file           send the content of a file
 -s, --stdin-file     send all of standard input as one message
 -l, --stdin-line     send each line of standard input as a message
 -n, --null-message   send an empty message
 -q, --qos            quality of service: 0, 1 or 2
 -r, --retain         have the broker keep the message
 --repeat             send the message so many times
 --repeat-delay       seconds between one delivery and the next message
`

const subUsage = `This is mqt under another name; "mqt sub --help" tells of more.

Usage: mosquitto_sub [options] {-t filter [-t filter ...] | -U filter | -L URL}

Subscription:
 -t, --topic            topic filter; may be repeated
 -U, --unsubscribe      end the session's subscription to a filter; may be repeated
 -q, --qos              quality of service: 0, 1 or 2
 --retain-handling      retained messages: always, new or never (MQTT 5)
 --retain-as-published  keep the retain flag as published (MQTT 5)

Messages and the end:
 -T, --filter-out       drop messages whose topic matches; may be repeated
 -R                     drop retained messages
 --retained-only        only retained messages; end at the first other one
 --remove-retained      remove the retained messages that arrive
 --random-filter        print so many per cent of the messages
 -C                     end after so many messages
 -W                     end after so many seconds, with exit code 27
 -E                     end when the subscriptions are acknowledged

Output:
 -v, --verbose          topic before the message
 -F                     format of a line
 -N                     no line end
 --pretty               indent JSON of %j and %J
 -w, --watch            one line of the screen for each topic
 --message-rate         print messages a second instead of messages
`

const rrUsage = `This is mqt under another name; "mqt rr --help" tells of more.

Usage: mosquitto_rr [options] {-t topic | -L URL} -e response-topic {-m message | -f file | -s | -n}

Request:
 -t, --topic          topic to publish the request to
 -m, --message        the request
 -f, --file           send the content of a file
 -s, --stdin-file     send all of standard input
 -n, --null-message   send an empty request
 -q, --qos            quality of service of request and response: 0, 1 or 2

Response:
 -e                     topic where the response comes
 -W                     give up after so many seconds, with exit code 27
 -R                     a retained message is no response
 --retain-handling      retained messages: always, new or never (MQTT 5)
 --retain-as-published  keep the retain flag as published (MQTT 5)
 --latency              print how long the response took
 -v, --verbose          topic before the response
 -F                     format of a line
 -N                     no line end
 --pretty               indent JSON of %j and %J
`

const commonUsage = `
Connection:
 -h, --host             host (localhost)
 -p, --port             port (1883, with TLS 8883); 0: the host is a Unix socket
 --unix                 Unix socket
 -L, --url              mqtt(s)://[user[:password]@]host[:port]/topic, also ws(s)
 --ws                   WebSocket
 -A                     connect from this address
 --proxy                socks5h://[user[:password]@]host[:port]
 --nodelay              no delay for small packets
 -u, --username         user name
 -P, --pw               password
 -i, --id               client identifier
 -I, --id-prefix        client identifier: this and the process number
 -c, --disable-clean-session   keep the session
 -x                     seconds the session is kept (MQTT 5); -1: for ever
 -k, --keepalive        seconds of silence before a ping (60)
 -V, --protocol-version 31, 311 or 5 (default 311, of mosquitto_rr 5)
 -M                     messages in flight (20)
 -D, --property         packet property value: a property of MQTT 5
 --will-topic, --will-payload, --will-qos, --will-retain
 -o                     file with options instead of the default one
 -d, --debug            show packets
 --quiet                no errors

TLS:
 --cafile, --capath, --tls-use-os-certs    certificates to trust
 --cert, --key                             certificate of this client
 --insecure                                do not verify
 --tls-version                             tlsv1.2 (or later) or tlsv1.3
 --ciphers, --tls-alpn, --tls-keylog
 --no-tls                                  ignore all of these
`
