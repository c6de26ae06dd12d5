package completions

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	cachePrefix = "topics-"
	freshFor    = 5 * time.Second // a second TAB should not wait again
	keptFor     = time.Minute     // older files are removed
)

// Cache remembers topics for a few seconds, in files that only their owner can
// read.
type Cache struct {
	// Dir is the directory, made when it is missing. Other files in it are
	// left alone. Empty: nothing is kept.
	Dir string
	// Now is the time of the call.
	Now time.Time
}

func (c Cache) file(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(c.Dir, cachePrefix+hex.EncodeToString(sum[:16]))
}

// Get returns the topics kept under key, and whether they are fresh.
func (c Cache) Get(key string) (topics []string, ok bool) {
	if c.Dir == "" {
		return nil, false
	}
	info, err := os.Stat(c.file(key))
	if err != nil {
		return nil, false
	}
	if age := c.Now.Sub(info.ModTime()); age < -time.Second || age > freshFor {
		return nil, false
	}
	text, err := os.ReadFile(c.file(key))
	if err != nil {
		return nil, false
	}
	for line := range strings.Lines(string(text)) {
		if topic := strings.TrimSuffix(line, "\n"); plain(topic) {
			topics = append(topics, topic)
		}
	}
	return topics, true
}

// Put keeps topics under key and removes what is too old to be used.
func (c Cache) Put(key string, topics []string) error {
	if c.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	c.clean()
	f, err := os.CreateTemp(c.Dir, cachePrefix+"new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(topics, "\n") + "\n")
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), c.file(key))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
	}
	return err
}

func (c Cache) clean() {
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return // nothing to remove, then
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), cachePrefix) && c.Now.Sub(info.ModTime()) > keptFor {
			_ = os.Remove(filepath.Join(c.Dir, e.Name())) // the next one tries again
		}
	}
}
