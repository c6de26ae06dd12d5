//go:build race

package chunk

// checked makes Release look for a second release.
const checked = true
