package format

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

// run writes one message through a template.
func run(t *testing.T, format string, o Options, m mqtt.Message) string {
	t.Helper()
	var out bytes.Buffer
	o.Location = time.UTC
	o.NoNewline = true
	w, err := NewTemplate(format, &out, o)
	if err != nil {
		t.Fatalf("NewTemplate(%q) error = %v", format, err)
	}
	writeAll(t, w, []mqtt.Message{m})
	return out.String()
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	plain := mqtt.Message{Topic: "a/é", Payload: []byte(`{"a":1.50}`), Received: when}
	full := mqtt.Message{Topic: "t", Payload: []byte("pay"), QoS: 2, PacketID: 77, Retain: true, Received: when,
		Props: mqtt.Properties{
			{ID: mqtt.PropTopicAlias, Int: 5}, {ID: mqtt.PropContentType, Value: "text/plain"},
			{ID: mqtt.PropCorrelationData, Value: "c\x00d"}, {ID: mqtt.PropMessageExpiry, Int: 100},
			{ID: mqtt.PropPayloadFormat, Int: 1}, {ID: mqtt.PropUser, Key: "k", Value: "v"},
			{ID: mqtt.PropUser, Key: "k2", Value: "v2"}, {ID: mqtt.PropResponseTopic, Value: "r/t"},
			{ID: mqtt.PropSubscriptionID, Int: 9}, {ID: mqtt.PropSubscriptionID, Int: 10},
		}}
	float := mqtt.Message{Topic: "t", Payload: []byte{0, 0, 0x28, 0x42}}                                // 42
	double := mqtt.Message{Topic: "t", Payload: []byte{0x18, 0x2d, 0x44, 0x54, 0xfb, 0x21, 0x09, 0xc0}} // -pi
	four := mqtt.Message{Topic: "t", Payload: []byte("abcd"), Received: when}
	tests := []struct {
		format string
		m      mqtt.Message
		want   string
	}{
		{`plain`, plain, `plain`},
		{`100%%`, plain, `100%`},
		{`%-05.3:%`, plain, `%`},
		{`%t %p`, plain, `a/é {"a":1.50}`},
		{`%20p|`, plain, `          {"a":1.50}|`},
		{`%020p`, plain, `0000000000{"a":1.50}`},
		{`%-12p|`, plain, `{"a":1.50}  |`},
		{`%-p|`, plain, `{"a":1.50}|`}, // mosquitto_sub adds ten spaces
		{`%3p`, plain, `{"a`},
		{`%.3p`, plain, `{"a":1.50}`},
		{`%x %X`, four, `61626364 61626364`},
		{`%4x`, plain, `7b226122`},
		{`%-4x|`, plain, `7b226122|`}, // mosquitto_sub adds four spaces
		{`%12x`, four, `    61626364`},
		{`%012x`, four, `000061626364`},
		{`%-12x|`, four, `61626364    |`},
		{`%.2x`, four, `61 62 63 64`},
		{`%.2:x`, four, `61:62:63:64`},
		{`%.1x`, four, `6 1 6 2 6 3 6 4`},
		{`%.3x`, plain, `7b2 261 223 a31 2e3 530 7d`},
		{`%.4-X`, plain, `7B22-6122-3A31-2E35-307D`},
		{`%20.2x`, plain, `7b 22 61 22 3a 31 2e 35 30 7d`},
		{`%012.2x`, four, `00 00 61 62 63 64`},
		{`%12.2-x`, four, `  -  -61-62-63-64`},
		{`%20t|%-20t|%020t|%.1t|%5.1t|%.0t|`, four, `                   t|t                   |                   t|t|    t||`},
		{`%l %5l %-5l| %05l`, plain, `10    10 10   | 00010`},
		{`%m %q %r %3q`, plain, `0 0 0 0`},
		{`%m %q %r %4m`, full, `77 2 1   77`},
		{`%I`, plain, `2026-11-20T23:32:29+0000`},
		{`%.10I`, plain, `2026-11-20`},
		{`%26I`, plain, `  2026-11-20T23:32:29+0000`},
		{`%U`, plain, `1795217549.611361123`},
		{`%10C|`, plain, `          |`},
		{`%010A|`, plain, `0000000000|`},
		{`%-010A|`, plain, `0000000000|`},
		{`%10R|`, plain, `|`},
		{`%A|%C|%D|%E|%F|%P|%R|%S|`, plain, `||||||||`},
		{`%A|%C|%D|%E|%F|%P|%R|%S|`, full, "5|text/plain|c\x00d|100|1|k:v k2:v2|r/t|9|"},
		{`%12C|%-12C|%.4C|%3A|%03E|%-3F|%5R|%02S`, full, "  text/plain|text/plain  |text|  5|100|1  |  r/t|09"},
		{`%f`, float, `42.000000`},
		{`%8.2f|%-8.1f|%08.2f|%.0f`, float, `   42.00|42.0    |00042.00|42`},
		{`%d %.2d %010.3d`, double, `-3.141593 -3.14 -00003.142`},
		{`%f`, mqtt.Message{Payload: []byte{0, 0, 0xc0, 0x7f}}, `nan`},
		{`%06f`, mqtt.Message{Payload: []byte{0, 0, 0x80, 0xff}}, `  -inf`},
		{`%f%d`, plain, ``},
		{`%j`, full, `{"tst":"2026-11-20T23:32:29.611361+0000","topic":"t","qos":2,"retain":true,"payloadlen":3,"mid":77,` +
			`"properties":{"topic-alias":5,"content-type":"text/plain","correlation-data":"c\u0000d","message-expiry-interval":100,` +
			`"payload-format-indicator":1,"user-properties":[{"k":"v"},{"k2":"v2"}],"response-topic":"r/t",` +
			`"subscription-identifier":9,"subscription-identifier":10},"payload":"pay"}`},
		{`%J`, plain, `{"tst":"2026-11-20T23:32:29.611361+0000","topic":"a/é","qos":0,"retain":false,"payloadlen":10,"payload":{"a":1.5}}`},
		{`%j %J`, mqtt.Message{Topic: "t", Received: when}, strings.TrimSuffix(strings.Repeat(`{"tst":"2026-11-20T23:32:29.611361+0000","topic":"t","qos":0,"retain":false,"payloadlen":0,"payload":null} `, 2), " ")},
		{`@@ @Y-@m-@d @H:@M:@S.@N @Q @s`, plain, `@ 2026-11-20 23:32:29.611361123 %Q 1795217549`},
		{`\\ \0 \a \e \n \r \t \v`, plain, "\\ \x00 \a \x1b \n \r \t \v"},
		{`%{n}|%6{n}`, mqtt.Message{Payload: []byte(`{"n":null}`)}, `null|  null`},
		{`%{a}|%5{a}|%-5{a}|%{b}|%3{b}|`, plain, `1.50| 1.50|1.50 ||   |`},
	}
	for _, tt := range tests {
		t.Run(tt.format, func(t *testing.T) {
			t.Parallel()
			if got := run(t, tt.format, Options{}, tt.m); got != tt.want {
				t.Errorf("template %q = %q, want %q", tt.format, got, tt.want)
			}
		})
	}
}

func TestTemplateErrors(t *testing.T) {
	t.Parallel()
	const incomplete, escape = "Incomplete format specifier.", "Incomplete escape specifier."
	tests := []struct {
		format string
		compat bool
		want   string
	}{
		{format: `%`, want: incomplete}, {format: `%0`, want: incomplete}, {format: `%-`, want: incomplete},
		{format: `%1`, want: incomplete}, {format: `%.`, want: incomplete}, {format: `%.1`, want: incomplete},
		{format: `%.2:`, want: incomplete}, {format: `@`, want: incomplete}, {format: `\`, want: escape},
		{format: `%Z`, want: "Invalid format specifier 'Z'."}, {format: `%5.3Z`, want: "Invalid format specifier 'Z'."},
		{format: `\Z`, want: "Invalid escape specifier 'Z'."}, {format: `%{}x`, want: "Invalid format specifier '}'."},
		{format: `%{a}`, compat: true, want: "Invalid format specifier 'a'."},
		{format: `%{p`, want: ""}, {format: `%{p}`, compat: true, want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.format, func(t *testing.T) {
			t.Parallel()
			_, err := NewTemplate(tt.format, io.Discard, Options{Compat: tt.compat})
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("NewTemplate(%q) error = %q, want %q", tt.format, got, tt.want)
			}
			var syntax *SyntaxError
			if err != nil && !errors.As(err, &syntax) {
				t.Errorf("NewTemplate(%q) error is a %T, want *SyntaxError", tt.format, err)
			}
		})
	}
}

func TestTemplateWarns(t *testing.T) {
	t.Parallel()
	tests := []struct{ format, want string }{
		{`%J`, "Message payload is not valid JSON on topic a/b."},
		{`%f`, "requested float printing, but non-float data received"},
		{`%d`, "requested double printing, but non-double data received"},
	}
	for _, tt := range tests {
		t.Run(tt.format, func(t *testing.T) {
			t.Parallel()
			var warned []string
			var out bytes.Buffer
			w, err := NewTemplate(tt.format, &out, Options{Warn: func(err error) { warned = append(warned, err.Error()) }})
			if err != nil {
				t.Fatal(err)
			}
			writeAll(t, w, []mqtt.Message{{Topic: "a/b", Payload: []byte("no")}})
			if len(warned) != 1 || warned[0] != tt.want || out.String() != "\n" {
				t.Errorf("template %s warned %q and wrote %q, want %q and a line end", tt.format, warned, out.String(), tt.want)
			}
		})
	}
}

func TestTemplateEscapes(t *testing.T) {
	t.Parallel()
	m := mqtt.Message{Topic: "a\x1b", Payload: []byte("b\x07\n"), Received: when}
	if got, want := run(t, `\e%t %p`, Options{Escape: true}, m), "\x1ba\\x1b b\\x07\n"; got != want {
		t.Errorf("escaping template = %q, want %q", got, want)
	}
}

func TestCompatJSON(t *testing.T) {
	t.Parallel()
	m := mqtt.Message{Topic: "t", Payload: []byte("a\xff/\x7f\x01\x00b"), Received: when}
	const head = `{"tst":"2026-11-20T23:32:29.611361+0000","topic":"t","qos":0,"retain":false,"payloadlen":7,"payload":`
	if got, want := run(t, `%j`, Options{Compat: true}, m), head+"\"a\xff/\x7f\\u0001\"}"; got != want {
		t.Errorf("compat = %q, want %q", got, want)
	}
	if got, want := run(t, `%j`, Options{}, m), head+`"a\ufffd/\u007f\u0001\u0000b"}`; got != want {
		t.Errorf("not compat = %q, want %q", got, want)
	}
}

// TestStrftime compares with what the GNU C library printed in the time zone
// Europe/Berlin: lines of epoch, conversion, result.
func TestStrftime(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone data:", err)
	}
	data, err := os.ReadFile("testdata/strftime.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		epoch, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		sec, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		conv, want := rest[0], rest[2:]
		if got := string(appendStrftime(nil, conv, time.Unix(sec, 0).In(zone))); got != want {
			t.Errorf("strftime(%%%c, %d) = %q, want %q", conv, sec, got, want)
		}
	}
}

func TestCNumber(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"1.50", "1.5"}, {"1e5", "100000"}, {"12345678901234567890", "1.2345678901234567e+19"}, {"-0", "0"},
		{"2147483647", "2147483647"}, {"2147483648", "2147483648"}, {"-2147483648", "-2147483648"}, {"0.1", "0.1"},
		{"1e400", "null"}, {"1e-7", "1e-07"}, {"123456789012345678", "1.2345678901234568e+17"}, {"100000000000000", "100000000000000"},
		{"1e15", "1e+15"}, {"0.30000000000000004", "0.3"}, {"0.1234567890123456", "0.12345678901234559"}, {"3.14159265358979", "3.14159265358979"}, {"1E+2", "100"},
		{"0.00001234", "1.234e-05"}, {"12345.678", "12345.678"}, {"5e-324", "4.94065645841247e-324"},
	}
	for _, tt := range tests {
		if got := string(appendCNumber(nil, []byte(tt.in))); got != tt.want {
			t.Errorf("appendCNumber(%s) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestReprint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string
		indent   bool
	}{
		{in: ` { "b" : 1.50 , "a":[ 1 ,2, {} ],"b":null} `, want: `{"b":1.5,"a":[1,2,{}],"b":null}`},
		{in: `"\u00e9\/\ud83d\ude00\n\u0001\u0022\ud800x"`, want: `"é/😀\n\u0001\"` + "\uFFFD" + `x"`},
		{in: `true`, want: `true`},
		{in: `{"a":{"x":[1,2],"y":{}},"b":[{"k":"v"},{"k2":[]}]}`, indent: true,
			want: "{\n\t\"a\":\t{\n\t\t\"x\":\t[1, 2],\n\t\t\"y\":\t{\n\t\t}\n\t},\n\t\"b\":\t[{\n\t\t\t\"k\":\t\"v\"\n\t\t}, {\n\t\t\t\"k2\":\t[]\n\t\t}]\n}"},
		{in: `{"a":1}x`}, {in: `{"a":1,}`}, {in: `[1 2]`}, {in: ``}, {in: `{"a"}`}, {in: `01`}, {in: `[`}, {in: `]`}, {in: `"\x"`},
		{in: strings.Repeat("[", 1001) + strings.Repeat("]", 1001)},
		{in: strings.Repeat("[", 1000) + strings.Repeat("]", 1000), want: strings.Repeat("[", 1000) + strings.Repeat("]", 1000)},
	}
	for _, tt := range tests {
		p := cjson{indent: tt.indent, dst: []byte("|")}
		ok := p.reprint([]byte(tt.in))
		if got := string(p.dst); got != "|"+tt.want || ok != (tt.want != "") {
			t.Errorf("reprint(%.60s) = %.200q, %v, want %.200q", tt.in, got, ok, tt.want)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{`%t %-010.3:x @Y\n`, `%{a.b}%J`, `%0`, `%20.2x%-p%f%d%P%S`} {
		f.Add(s, []byte(`{"a":1}`))
	}
	f.Fuzz(func(t *testing.T, format string, payload []byte) {
		if strings.Count(format, "%") > 8 { // wide fields cost memory
			return
		}
		w, err := NewTemplate(format, io.Discard, Options{})
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("NewTemplate(%q) error is a %T", format, err)
			}
			return
		}
		m := mqtt.Message{Topic: "a", Payload: payload, Received: when, Props: mqtt.Properties{{ID: mqtt.PropMessageExpiry, Int: math.MaxUint32}}}
		if err := errors.Join(w.Write(m), w.Flush()); err != nil {
			t.Fatal(err)
		}
	})
}
