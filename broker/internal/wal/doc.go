// Package wal is a segmented write-ahead log with compact snapshots: what a
// broker that must not forget writes before it acknowledges. Records are opaque
// bytes; the package knows nothing about MQTT.
//
// # Promise
//
// What a Commit reported as done is there after the next Open, in the order of
// the Appends, and nothing is there that was never appended. Records without a
// reported Commit may be there or not: none of them is there without all
// before it, but for those that a full disk refused. How much survives what is chosen with Sync. A failed
// fsync is never retried: the kernel may have dropped the bytes and
// forgotten it, so the log is poisoned and each later Commit fails.
//
// # Files
//
// A directory holds segments (NUMBER.log), at most one snapshot that counts
// (NUMBER.snap), both numbered from one counter, and the file LOCK. The state
// is the newest snapshot and then each segment with a larger number, in order.
// A new file is made under the name NUMBER.log.tmp or NUMBER.snap.tmp, synced,
// renamed, and the directory synced; what a crash leaves half made is removed
// by the next Open.
//
// # Format
//
// All numbers are little-endian. A file starts with a header of 48 bytes:
//
//	 0  8  magic "mqtWAL\r\n"
//	 8  2  version, 1
//	10  2  kind: 1 segment, 2 snapshot
//	12  4  zero
//	16  8  number, as in the file's name
//	24  8  sequence number of the first record (segment), or of the first
//	       record that the snapshot does not cover
//	32  8  salt, random
//	40  4  zero
//	44  4  CRC32C of the 44 bytes before
//
// Frames follow without padding:
//
//	 0  4  kind in the upper 3 bits, length of the payload in the lower 29
//	 4  4  CRC32C of the salt, the number, the first 4 bytes, the sequence
//	       number and the payload
//	 8  8  sequence number XOR salt
//	16     payload
//
// A record (kind 1) holds one record and counts the sequence up by one, from
// the header's number in a segment, from 1 in a snapshot. A mark (kind 2)
// says that everything up to its sequence number was synced before the mark
// was written. An end (kind 3) closes a snapshot and carries the number of
// its records. Four zero bytes are no frame: space that was reserved and not
// yet used reads as zero. Because of the salt, bytes of an older use of the disk
// never pass for frames, and a client cannot forge one in its payload.
//
// # Reading after a crash
//
// In the last segment the bytes behind the last sync may be there in part, and
// not only as a prefix: disks reorder. So the first bad frame ends the log, and
// the rest is cut, unless a mark behind it says that it had been synced: then
// the disk has changed what it had accepted, which is an error and no reason
// to drop records silently. A bad frame in an earlier segment or in a
// snapshot is always such an error. Options.Salvage goes on behind it.
package wal
