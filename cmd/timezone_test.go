package cmd

import (
	"testing"
	"time"
)

func TestPosixZone(t *testing.T) {
	t.Parallel()
	winter, summer := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC), time.Date(2026, 7, 2, 3, 0, 0, 0, time.UTC)
	const layout = "15:04 MST -0700"
	for rule, want := range map[string][2]string{
		"CET-1CEST,M3.5.0,M10.5.0/3": {"04:00 CET +0100", "05:00 CEST +0200"},
		"<+03>-3":                    {"06:00 +03 +0300", "06:00 +03 +0300"},
		"AEST-10AEDT,M10.1.0,M4.1.0": {"14:00 AEDT +1100", "13:00 AEST +1000"},
		"IST-5:30":                   {"08:30 IST +0530", "08:30 IST +0530"},
	} {
		zone, err := posixZone(rule)
		if err != nil {
			t.Errorf("posixZone(%q): %v", rule, err)
			continue
		}
		if got := [2]string{winter.In(zone).Format(layout), summer.In(zone).Format(layout)}; got != want {
			t.Errorf("posixZone(%q): %q, want %q", rule, got, want)
		}
		if got := clock(rule)().Location().String(); got != rule {
			t.Errorf("clock(%q) is in %q", rule, got)
		}
	}
	for _, name := range []string{"", "UTC", ":Europe/Berlin", "/etc/localtime"} {
		if got := clock(name)().Location(); got != time.Local {
			t.Errorf("clock(%q) is in %v, want what Go makes of it", name, got)
		}
	}
}
