package wal

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// fileID names a file.
type fileID struct {
	kind   uint16
	number uint64
}

// tmpSuffix marks a file that is not finished.
const tmpSuffix = ".tmp"

func (id fileID) name() string {
	ext := ".log"
	if id.kind == kindSnap {
		ext = ".snap"
	}
	return fmt.Sprintf("%016x%s", id.number, ext)
}

func parseName(name string) (id fileID, ok bool) {
	digits, ext, _ := strings.Cut(name, ".")
	switch ext {
	case "log":
		id.kind = kindLog
	case "snap":
		id.kind = kindSnap
	default:
		return id, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	id.number = n
	return id, err == nil && n > 0 && id.name() == name
}

// listing is what a directory holds, each list in ascending order.
type listing struct {
	logs, snaps []uint64
	temps       []string // base names of unfinished files
	highest     uint64   // number of any file, unfinished ones included
}

func list(fsys FS, dir string) (l listing, err error) {
	names, err := fsys.List(dir)
	if err != nil {
		return l, err
	}
	for _, name := range names {
		id, ok := parseName(strings.TrimSuffix(name, tmpSuffix))
		if !ok {
			continue
		}
		l.highest = max(l.highest, id.number)
		switch {
		case strings.HasSuffix(name, tmpSuffix):
			l.temps = append(l.temps, name)
		case id.kind == kindLog:
			l.logs = append(l.logs, id.number)
		default:
			l.snaps = append(l.snaps, id.number)
		}
	}
	slices.Sort(l.logs)
	slices.Sort(l.snaps)
	return l, nil
}

// logsAfter returns the segments that the snapshot does not cover.
func (l listing) logsAfter(snap uint64) []uint64 {
	i, _ := slices.BinarySearch(l.logs, snap+1)
	return l.logs[i:]
}

// removeObsolete removes what the snapshot has replaced. The snapshot's name
// must be durable. Older snapshots go first: were one left without its segments,
// it would only look complete.
func removeObsolete(fsys FS, dir string, snap uint64) error {
	l, err := list(fsys, dir)
	if err != nil {
		return err
	}
	var old []string
	for _, n := range l.snaps {
		if n < snap {
			old = append(old, fileID{kindSnap, n}.name())
		}
	}
	for _, n := range l.logs {
		if n < snap {
			old = append(old, fileID{kindLog, n}.name())
		}
	}
	return removeAll(fsys, dir, old)
}

func removeAll(fsys FS, dir string, names []string) error {
	for _, name := range names {
		if err := fsys.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}
