//go:build !linux

package transport

// Activated is for Linux; elsewhere it returns nil.
func Activated() ([]ActivatedSocket, error) { return nil, nil }

// Notify is for Linux; elsewhere it does nothing.
func Notify(string) error { return nil }
