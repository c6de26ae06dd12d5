// Package topictree maps topic names to values and walks those that a topic
// filter matches, for retained messages.
//
// One map finds a topic by its whole name. For filters there is also a tree of
// topic levels, in which a topic that shares no further level with another is
// one node that holds the rest of its name; it is split, level by level, when
// another topic comes to share them. The name itself is stored once.
package topictree
