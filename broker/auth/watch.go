package auth

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long the files are left alone after a first change: editors
// and deployments make several.
const settle = 200 * time.Millisecond

// Watch reloads whenever one of the files has changed, until ctx is over; then
// it returns nil. Reloads and their errors are logged. It returns an error when
// the folders cannot be watched, at once if there is no file.
func (a *Authorizer) Watch(ctx context.Context) error {
	names := a.files()
	if len(names) == 0 {
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the authentication files: %w", err)
	}
	defer w.Close()
	if err := watchFolders(w, names); err != nil {
		return err
	}
	timer := time.NewTimer(settle) // the first look is at changes since Open
	defer timer.Stop()
	waiting := true
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			waiting = false
			if err := watchFolders(w, names); err != nil { // links may lead elsewhere now
				a.log.Warn("watching the authentication files", "error", err)
			}
			a.reloadIfChanged()
			continue
		case <-w.Events:
		case err := <-w.Errors: // some events may be lost: look
			a.log.Warn("watching the authentication files", "error", err)
		}
		if !waiting { // not put off by more events, which may never end
			timer.Reset(settle)
			waiting = true
		}
	}
}

// watchFolders adds the folders of the files, as files are replaced rather than
// written, and those that links lead to. Adding one again changes nothing.
func watchFolders(w *fsnotify.Watcher, names []string) error {
	for _, dir := range folders(names) {
		if err := w.Add(dir); err != nil {
			return fmt.Errorf("watch %s: %w", dir, err)
		}
	}
	return nil
}

func folders(names []string) []string {
	var dirs []string
	for _, name := range names {
		dirs = append(dirs, filepath.Dir(name))
		if target, err := filepath.EvalSymlinks(name); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// reloadIfChanged reloads when a file is not what it was at the last attempt.
func (a *Authorizer) reloadIfChanged() {
	a.mu.Lock()
	same := slices.EqualFunc(a.seen, states(a.files()), fileState.same)
	a.mu.Unlock()
	if same {
		return
	}
	if err := a.Reload(); err != nil {
		a.log.Error("authentication files not reloaded, the old ones stay in force", "error", err)
		return
	}
	a.log.Info("authentication files reloaded")
}

// fileState tells versions of a file apart without reading it.
type fileState struct {
	info os.FileInfo // nil: there is none
}

func states(names []string) []fileState {
	all := make([]fileState, len(names))
	for i, name := range names {
		if info, err := os.Stat(name); err == nil {
			all[i].info = info
		}
	}
	return all
}

func (s fileState) same(o fileState) bool {
	if s.info == nil || o.info == nil {
		return s.info == o.info
	}
	return os.SameFile(s.info, o.info) && s.info.Size() == o.info.Size() && s.info.ModTime().Equal(o.info.ModTime())
}
