// Package nearest guesses what somebody meant who has mistyped a name.
package nearest

// Name returns the candidate with the fewest edits from name, the first of
// several. It is empty when there are no candidates.
func Name(name string, candidates []string) string {
	best, least := "", len(name)+64
	if len(name) > 64 {
		name = name[:64] // no key is longer
	}
	for _, c := range candidates {
		if d := Distance(name, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// Distance returns how many bytes must be inserted, removed or replaced to make
// b of a: Levenshtein's distance.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
