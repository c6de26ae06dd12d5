package broker

// StoreBacklog is a Store that tells how much waits for it. While that is more
// than 32 MiB, connections that add to it are not read from.
type StoreBacklog interface {
	// Pending returns the bytes that are appended and not yet written. It is
	// called for every record.
	Pending() int64
}

// Store is where a Server keeps what must survive it: an ordered log of
// records that only the server understands, with snapshots that shorten it.
// OpenStore returns one that uses a directory.
type Store interface {
	// Replay calls fn with every record in order, once, before anything else.
	// A record is valid during the call.
	Replay(fn func(rec []byte) error) error
	// Append adds a record and returns its sequence number, which grows.
	Append(rec []byte) uint64
	// Commit calls done once when the record seq, and all before it that did
	// not fail, are as durable as the store promises, or with the error that
	// kept this record out. Calls do not overlap and come in the order of seq
	// among the commits that wait at a time.
	Commit(seq uint64, done func(error))
	// Snapshot replaces everything appended before the call by the records
	// that write adds. It runs beside Append.
	Snapshot(write func(add func(rec []byte) error) error) error
	// Size returns the bytes appended since the last snapshot.
	Size() int64
}
