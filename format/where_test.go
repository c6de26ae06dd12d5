package format

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

func TestWhere(t *testing.T) {
	t.Parallel()
	const doc = `{"temp":21.5,"id":"7","n":7,"name":"O'Neil \"x\"","ok":true,"off":false,"nul":null,"big":9007199254740993,` +
		`"list":[{"k":"a","v":1},{"k":"b","v":5}],"a<b":1,"s":"x=1","sub":{"m":1}}`
	tests := []struct {
		expr string
		want bool
	}{
		{`temp`, true}, {`missing`, false}, {`nul`, true}, {`sub.m`, true}, {`list.#`, true},
		{`temp > 20`, true}, {`temp>21.5`, false}, {`temp >= 21.5`, true}, {`temp < 2e1`, false}, {`temp<=21.50`, true},
		{`temp == 21.50`, true}, {`temp != 21.5`, false}, {`temp == "21.5"`, false},
		{`id == 7`, true}, {`id == "7"`, true}, {`id == '7'`, true}, {`n == "7"`, false}, {`n == 7.0`, true}, {`id > 3`, false},
		{`name == "O'Neil \"x\""`, true}, {`name =~ ^O'N`, true}, {`name =~ "^o"`, false}, {`temp =~ ^21\.`, true}, {`temp =~ '^21\.5$'`, true},
		{`ok == true`, true}, {`ok == false`, false}, {`ok != false`, true}, {`ok == "true"`, false}, {`off == false`, true}, {`ok > 1`, false},
		{`nul == null`, true}, {`missing == null`, true}, {`missing != null`, false}, {`missing != 5`, true}, {`missing < 5`, false}, {`missing =~ .*`, false},
		{`big == 9007199254740993`, true}, {`big > 9007199254740992`, true},
		{`list.#(v>3).k == b`, true}, {`list.#(k=="a").v < 2`, true}, {`a\<b == 1`, true}, {`s == x=1`, true},
		{`s > w`, true}, {`s < "y"`, true}, {`list == 1`, false}, {`list =~ "k"`, true}, {`@this =~ temp`, true},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			t.Parallel()
			w, err := ParseWhere(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.Match(mqtt.Message{Payload: []byte(doc)}); got != tt.want {
				t.Errorf("%s = %v, want %v", tt.expr, got, tt.want)
			}
			if w.Match(mqtt.Message{Payload: []byte(`not JSON`)}) {
				t.Errorf("%s matches what is not JSON", tt.expr)
			}
		})
	}
	if !(Where{}).Match(mqtt.Message{}) {
		t.Error("the zero Where matches nothing, want everything")
	}
}

func TestWhereErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ expr, want string }{
		{``, `condition "": needs a path in front, such as temperature or sensors.0.name`},
		{`== 5`, `condition "== 5": needs a path in front, such as temperature or sensors.0.name`},
		{`!a`, `condition "!a": begins with !, which is no operator: what is missing equals null, as in temperature == null`},
		{`!= 5`, `condition "!= 5": needs a path in front, such as temperature or sensors.0.name`},
		{`a = 5`, `condition "a = 5": has =, which is no operator: use == or =~`},
		{`a ==`, `condition "a ==": needs a value after ==`},
		{`a =~ (`, "condition \"a =~ (\": error parsing regexp: missing closing ): `(`"},
		{`a == "x`, `condition "a == \"x": "x lacks its closing quote`},
		{`a == [1]`, `condition "a == [1]": compares with a number, a string, true, false or null only`},
		{`a.#(b == 1`, `condition "a.#(b == 1": has a bracket that is not closed`},
		{`a) == 1`, `condition "a) == 1": has a ) without its partner`},
	}
	for _, tt := range tests {
		if _, err := ParseWhere(tt.expr); err == nil || err.Error() != tt.want {
			t.Errorf("ParseWhere(%q) error = %v, want %s", tt.expr, err, tt.want)
		}
	}
}

func FuzzWhere(f *testing.F) {
	f.Add(`list.#(v>3).k == "b"`, []byte(`{"list":[{"v":5,"k":"b"}]}`))
	f.Add(`a =~ ^x`, []byte(`{"a":"x"}`))
	f.Fuzz(func(t *testing.T, expr string, payload []byte) {
		w, err := ParseWhere(expr)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "condition ") {
				t.Fatalf("ParseWhere(%q) error = %v, does not name the expression", expr, err)
			}
			return
		}
		if w.Match(mqtt.Message{Payload: payload}) && !json.Valid(payload) {
			t.Fatalf("%q matches %q, which is not JSON", expr, payload)
		}
	})
}

// FuzzJSON compares the lexer with encoding/json.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e+3,"\u00e9\"",true,null,{}]}`, `[`, `01`, `"\ud800"`, ` 1 `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want := json.Valid(data)
		if got := validJSON(data); got != want && bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) < maxNesting {
			t.Fatalf("validJSON(%q) = %v, want %v", data, got, want)
		}
		p := cjson{}
		if p.reprint(data) && !json.Valid(p.dst) {
			t.Fatalf("reprint(%q) = %q, which is not JSON", data, p.dst)
		}
	})
}

// FuzzPretty checks that nothing from the network can move the cursor and that
// no line is wider than the page.
func FuzzPretty(f *testing.F) {
	f.Add("a/b", []byte(`{"a":[1,2,{"b":"c d e f"}]}`), "key", "va\x1blue", 30)
	f.Add("\x1b[2J", []byte("x\u202e\x7f"), "日本", "\u009b", 80)
	f.Fuzz(func(t *testing.T, topic string, payload []byte, key, value string, width int) {
		if width < 50 || width > 200 {
			width = 80
		}
		p := newPretty(nil, Options{Width: width, Color: ColorNever})
		out := p(nil, mqtt.Message{Topic: topic, Payload: payload, Received: when,
			Props: mqtt.Properties{{ID: mqtt.PropUser, Key: key, Value: value}, {ID: mqtt.PropCorrelationData, Value: value}}})
		if !utf8.Valid(out) || out[len(out)-1] != '\n' {
			t.Fatalf("output is not lines of UTF-8: %q", out)
		}
		for line := range strings.Lines(string(out)) {
			line = strings.TrimSuffix(line, "\n")
			if w := visibleWidth(line); w > width {
				t.Fatalf("line of %d columns, want at most %d: %q", w, width, line)
			}
			for i, r := range line {
				if obeyed(r, utf8.RuneLen(r)) {
					t.Fatalf("line holds %U at %d: %q", r, i, line)
				}
			}
		}
	})
}
