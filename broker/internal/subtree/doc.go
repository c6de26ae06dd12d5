// Package subtree is the subscription index: it maps topic filters to their
// subscribers and finds those of a topic name without taking a lock.
//
// Filters without a wildcard stand in one hash table keyed by the whole
// filter. Filters with one stand in a trie of topic levels, in which a filter
// that shares no further level with another is one node that holds the rest of
// its text; it is split, level by level, when another filter comes to share
// them. Everything a reader follows is an atomic pointer to something that no
// longer changes, or to a table that changes one slot at a time; what is
// replaced is left to the garbage collector.
package subtree
