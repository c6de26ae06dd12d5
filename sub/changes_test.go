package sub

import "testing"

func TestChanges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		topic, value string
		want         bool
	}{
		{"a", "1", true}, {"a", "1", false}, {"b", "1", true}, {"a", "2", true}, {"a", "1", true},
		{"b", "1", false}, {"b", "", true}, {"b", "", false}, {"", "", true}, {"", "", false},
	}
	var c Changes
	for i, tt := range tests {
		if got := c.Changed(tt.topic, []byte(tt.value)); got != tt.want {
			t.Errorf("%d: Changed(%q, %q) = %v, want %v", i, tt.topic, tt.value, got, tt.want)
		}
	}
	if n := c.Topics(); n != 3 {
		t.Errorf("Topics() = %d, want 3", n)
	}
}
