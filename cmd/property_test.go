package cmd

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

func TestGatherProperties(t *testing.T) {
	t.Parallel()
	join := func(words ...string) string { return strings.Join(words, separator) }
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{name: "none", args: []string{"pub", "-t", "a"}, want: []string{"pub", "-t", "a"}},
		{name: "two words", args: []string{"pub", "-D", "publish", "content-type", "x", "-r"},
			want: []string{"pub", "-D", join("publish", "content-type", "x"), "-r"}},
		{name: "three words", args: []string{"pub", "-D", "publish", "user-property", "k", "-v", "-r"},
			want: []string{"pub", "-D", join("publish", "user-property", "k", "-v"), "-r"}},
		{name: "long", args: []string{"pub", "--property", "connect", "receive-maximum", "5"},
			want: []string{"pub", "--property", join("connect", "receive-maximum", "5")}},
		{name: "long with =", args: []string{"pub", "--property=connect", "receive-maximum", "5", "-r"},
			want: []string{"pub", "--property=" + join("connect", "receive-maximum", "5"), "-r"}},
		{name: "clustered", args: []string{"pub", "-rD", "publish", "content-type", "x"},
			want: []string{"pub", "-rD", join("publish", "content-type", "x")}},
		{name: "glued", args: []string{"pub", "-Dpublish", "content-type", "x"},
			want: []string{"pub", "-D" + join("publish", "content-type", "x")}},
		{name: "a value that looks like it", args: []string{"pub", "-m", "-D", "-t", "a"}, want: []string{"pub", "-m", "-D", "-t", "a"}},
		{name: "a value in its word", args: []string{"pub", "-m=-D", "-D", "publish", "content-type", "x"},
			want: []string{"pub", "-m=-D", "-D", join("publish", "content-type", "x")}},
		{name: "after --", args: []string{"pub", "--", "-D", "a", "b", "c"}, want: []string{"pub", "--", "-D", "a", "b", "c"}},
		{name: "too few", args: []string{"pub", "-D", "publish", "user-property", "k"},
			want: []string{"pub", "-D", join("publish", "user-property", "k")}},
		{name: "last word", args: []string{"pub", "-D"}, want: []string{"pub", "-D"}},
		{name: "a command without -D", args: []string{"version", "-D", "a", "b"}, want: []string{"version", "-D", "a", "b"}},
		{name: "below a group", args: []string{"retained", "list", "-D", "connect", "receive-maximum", "5", "a/#"},
			want: []string{"retained", "list", "-D", join("connect", "receive-maximum", "5"), "a/#"}},
	}
	for _, tt := range tests {
		got, err := gatherProperties(newRoot(testEnv()), slices.Clone(tt.args))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: gatherProperties(%q) = %q, %v, want %q", tt.name, tt.args, got, err, tt.want)
		}
	}
}

func TestPropertiesSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		words string
		want  mqtt.Properties
		err   string
	}{
		{words: "connect receive-maximum 5", want: mqtt.Properties{{ID: mqtt.PropReceiveMaximum, Int: 5}}},
		{words: "Connect Session-Expiry-Interval 4294967295", want: mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 1<<32 - 1}}},
		{words: "connect authentication-data xyz", want: mqtt.Properties{{ID: mqtt.PropAuthData, Value: "xyz"}}},
		{words: "connect user-property k v", want: mqtt.Properties{{ID: mqtt.PropUser, Key: "k", Value: "v"}}},
		{words: "connect receive-maximum 0", err: `receive-maximum takes a number from 1 to 65535, not "0"`},
		{words: "connect receive-maximum 65536", err: `receive-maximum takes a number from 1 to 65535, not "65536"`},
		{words: "connect request-problem-information 2", err: `request-problem-information takes a number from 0 to 1, not "2"`},
		{words: "connect user-property k\xff v", err: "user-property takes valid UTF-8"},
		{words: "connect user-property k v\xff", err: "user-property takes valid UTF-8"},
		{words: "connect authentication-method \xff", err: "authentication-method takes valid UTF-8"},
		{words: "connect authentication-data \xff", want: mqtt.Properties{{ID: mqtt.PropAuthData, Value: "\xff"}}},
		{words: "connect user-property " + strings.Repeat("k", 65536) + " v", err: "user-property takes at most 65535 bytes"},
		{words: "connect user-property k", err: "user-property takes a key and a value"},
		{words: "publish content-type x", err: `"publish" is not a packet that takes properties here: connect, will`},
		{words: "will response-topic a/#", err: `response-topic "a/#" contains a wildcard, + or #`},
		{words: "connect", err: "lacks a property and its value"},
	}
	for _, tt := range tests {
		p := properties{packets: []string{"connect", "will"}}
		err := p.Set(strings.ReplaceAll(tt.words, " ", separator))
		if text := errText(err); text != tt.err || !reflect.DeepEqual(p.Connect, tt.want) {
			t.Errorf("Set(%s) = %v, %q, want %v, %q", tt.words, p.Connect, text, tt.want, tt.err)
		}
	}
	p := properties{packets: []string{"connect"}}
	word := strings.ReplaceAll("connect receive-maximum 5", " ", separator)
	if err := p.Set(word); err != nil {
		t.Fatal(err)
	}
	if got := errText(p.Set(word)); got != `property "receive-maximum" is given twice for connect` {
		t.Errorf("Set twice = %q", got)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func FuzzGatherProperties(f *testing.F) {
	f.Add("pub\n-D\npublish\ncontent-type\nx")
	f.Add("sub\n-vD\nsubscribe\nuser-property\na\nb\n--")
	f.Add("\nsub")
	f.Add("-v\nsub\n-D\nsubscribe\nuser-property\na\nb\n-t\nx")
	root := newRoot(testEnv()) // to make it takes longer than the rest
	f.Fuzz(func(t *testing.T, words string) {
		args := strings.Split(words, "\n")
		got, err := gatherProperties(root, slices.Clone(args))
		if err != nil {
			return
		}
		if a, b := strings.Join(args, separator), strings.Join(got, separator); a != b {
			t.Errorf("gatherProperties(%q) = %q: words are lost", args, got)
		}
	})
}
