// Package archtest holds the tests about the code itself: which package may
// import which, how long files and functions may grow, that every exported
// name is documented, and that packages have neither mutable variables nor
// init functions. It has no code of its own; run "go test ./internal/archtest".
package archtest
