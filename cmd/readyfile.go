package cmd

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeReady writes the ready file. The function it returns, never nil, removes
// it. What is no regular file, such as a pipe or a device, is written to and
// stays.
func writeReady(name, text string) (remove func(), err error) {
	remove = func() {}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return remove, writeInto(name, text)
	}
	if err := replaceFile(name, text); err != nil {
		return remove, err
	}
	return func() { _ = os.Remove(name) }, nil // gone already: so much the better
}

func writeInto(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// replaceFile writes a file so that whoever finds it finds all of it.
func replaceFile(name, text string) error {
	return replaceWith(name, 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// replaceWith is replaceFile for what write writes. When that fails, the file
// stays as it was.
func replaceWith(name string, mode os.FileMode, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	var failed *fs.PathError
	if errors.As(err, &failed) {
		failed.Path = name // the one that is known
	}
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Chmod(mode)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error is the one to tell
	}
	return err
}
