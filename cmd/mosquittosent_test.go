package cmd

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mqt/internal/peertest"
)

// TestMosquittoPubSends compares what both programs publish, message for
// message, with quality of service, retain flag and properties.
func TestMosquittoPubSends(t *testing.T) {
	t.Parallel()
	peertest.Program(t, "mosquitto_pub")
	vars, xdg := sideWorld(t)
	for i, line := range []string{
		"$B -m x", "$B -m ”", "$B -n -r", "$B -m x -r -q 2", "$B -m x -q 1 --repeat 3", "$B -f $FILE", "$B -f $EMPTY -q 1",
		"$B -s < a\\n\\nb\\n", "$B -l < a\\n\\nb\\r\\nc", "$B -l -q 1 -r < a\\nb\\n", "$B -l -q 2 -V 5 < a\\nb", "$B -l",
		"$B -m -5 -V 31", "$B -m ü␣y -q 2x",
		"$B -m x -D publish content-type t -D publish user-property b 1 -D publish user-property a 2 -D PUBLISH message-expiry-interval 1000000",
		"$B -m x -D publish correlation-data c -D publish response-topic r/t -D publish payload-format-indicator 1 -q 1",
		"$B -L mqtt://127.0.0.1:$PORT/$TOPIC -m x",
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			var got [2][]string
			for side := range got {
				topic := fmt.Sprintf("sent/%d/%d", i, side)
				seen := make(lineWriter, 100)
				end, ended := mosquittoStart(t, seen, slices.Concat([]string{"mosquitto_sub"}, strings.Fields(vars["$B"]),
					[]string{"-V", "5", "-q", "2", "--retain-as-published", "-t", topic, "-t", "r/text", "-t", topic + "/end", "-F", `%l %x q%q r%r %C %D %P %R %F`})...)
				<-seen // r/text: it is subscribed
				r := parseSideRow(t, strings.ReplaceAll("p "+line, "$TOPIC", topic), vars)
				if !strings.Contains(line, "-L") {
					r.words = append(r.words, "-t", topic)
				}
				run := r.theirs
				if side == 1 {
					run = r.ours
				}
				if o := run(t, xdg); o != (outcome{}) {
					t.Errorf("%q: %+v", r.words, o)
				}
				if code, _, stderr := mqtRun(t, slices.Concat([]string{"pub"}, strings.Fields(vars["$B"]), []string{"-t", topic + "/end", "-m", "END", "-q", "2"})...); code != 0 {
					t.Fatal(stderr)
				}
				text := ""
				for !strings.Contains(text, "454e44 q") {
					text += <-seen
				}
				got[side] = strings.Split(text, "\n")
				end(&SignalError{Number: 15})
				<-ended
			}
			if !slices.Equal(got[0], got[1]) {
				t.Errorf("%q: mosquitto sends\n%q, mqt\n%q", line, got[0], got[1])
			}
		})
	}
}
