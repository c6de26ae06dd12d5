package bench

import (
	"os"
	"runtime"

	"mqt/bench/result"
	"mqt/internal/usage"
)

// host describes this machine.
func host() result.Host {
	name, _ := os.Hostname() // empty when it has none
	return result.Host{
		Name: name, OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(),
		CPU: usage.CPUModel(), Memory: usage.Memory(), Go: runtime.Version(),
	}
}
