// Package pub publishes a stream of messages and tells the truth about what
// became of them.
//
// [Run] takes messages from a source and hands them to a Publisher as fast as
// it accepts them. A source is an iterator: [Lines] and [Split] (one message a
// line), [TopicLines] (each with its topic), [NDJSON] (the records of package
// record), [Replay] (the same at their times) and [Repeat] (one message, again
// and again). [Limit], [Every] and
// [Change] make a source of a source, with [Template] one of different
// messages. [ReadFile] and [ReadStdin] read a payload whole.
//
// The package knows no flags, no terminal and no connection.
package pub
