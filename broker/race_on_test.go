//go:build race

package broker

// raceEnabled says that the race detector is on: pools then forget at random.
const raceEnabled = true
