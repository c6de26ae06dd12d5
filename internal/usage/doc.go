// Package usage reads what processes use: processor time and memory. Elsewhere
// than on Linux it knows nothing.
package usage

import "os"

// OwnResident returns the resident memory of this process in bytes, 0 when
// unknown.
func OwnResident() int64 {
	n, err := Resident(os.Getpid())
	if err != nil {
		return 0
	}
	return n
}
