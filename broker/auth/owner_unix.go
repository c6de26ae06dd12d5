//go:build unix

package auth

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// keepOwner gives f the owner, group and mode of the file it will replace:
// when root edits a file that a broker reads as another user, the broker must
// still be able to read it. Others get no access.
func keepOwner(f *os.File, old os.FileInfo) error {
	mode := old.Mode().Perm() &^ 0o007
	if st, ok := old.Sys().(*syscall.Stat_t); ok {
		if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil {
			mode &^= 0o070 // not root: the group may be another one now
			if !errors.Is(err, os.ErrPermission) {
				return fmt.Errorf("keep the owner: %w", err)
			}
		}
	}
	return f.Chmod(mode)
}

// syncDir makes a rename in the folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
