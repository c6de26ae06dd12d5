package cmd

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestPasswdOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		want passwdOptions
		err  string
	}{
		{args: "f u", want: passwdOptions{File: "f", User: "u"}},
		{args: "-c f u", want: passwdOptions{Create: true, File: "f", User: "u"}},
		{args: "-c -b f u p", want: passwdOptions{Create: true, Batch: true, File: "f", User: "u", Password: "p"}},
		{args: "-cb f u p", want: passwdOptions{Create: true, Batch: true, File: "f", User: "u", Password: "p"}},
		{args: "-D f #u", want: passwdOptions{Delete: true, File: "f", User: "#u"}},
		{args: "-U f", want: passwdOptions{HashPlain: true, File: "f"}},
		{args: "-H sha512-pbkdf2 -I 101 f u", want: passwdOptions{Scheme: "sha512-pbkdf2", Iterations: 101, File: "f", User: "u"}},
		{args: "--scheme scram-sha-256 f u", want: passwdOptions{Scheme: "scram-sha-256", File: "f", User: "u"}},
		{args: "", err: "passwd: no FILE"},
		{args: "f", err: "passwd: no USER"},
		{args: "-b f u", err: "passwd: no PASSWORD"},
		{args: "f u p", err: "passwd: too many words"},
		{args: "-U f u", err: "passwd: too many words"},
		{args: "-U -c f", err: "passwd: -U stands alone"},
		{args: "-D -b f u p", err: "passwd: -D cannot be used with -c or -b"},
		{args: "f a:b", err: `passwd: "a:b": a user name cannot contain a colon`},
		{args: "-H md5 f u", err: `passwd: -H "md5" is none of argon2id, sha512-pbkdf2, sha512, scram-sha-256`},
	}
	for _, tc := range tests {
		var got passwdOptions
		c := newPasswd(testEnv(), func(_ context.Context, _ *Env, o *passwdOptions) error { got = *o; return nil })
		err := parse(t, c, strings.Fields(tc.args)...)
		var usage *usageError
		switch {
		case tc.err == "" && err != nil, tc.err != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.err) || !errors.As(err, &usage)):
			t.Errorf("passwd %s: %v, want the usage error %q", tc.args, err, tc.err)
		case got != tc.want:
			t.Errorf("passwd %s: %+v, want %+v", tc.args, got, tc.want)
		}
	}
}

func TestReadPassword(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxPassword)
	tests := []struct{ in, want, err string }{
		{"one\n", "one", ""},
		{"one\r\ntwo\n", "one", ""},
		{" o e ", " o e ", ""},
		{long + "\r\n", long, ""},
		{"", "", "standard input has no password"},
		{"\n", "", "the password is empty"},
		{long + "x", "", "the password is longer than 65535 bytes"},
	}
	for _, tc := range tests {
		env := testEnv()
		env.Stdin = strings.NewReader(tc.in)
		got, err := (&passwdOptions{}).password(t.Context(), env)
		if string(got) != tc.want || (err == nil) != (tc.err == "") || err != nil && err.Error() != tc.err {
			t.Errorf("password from %.20q = %.20q, %v, want %.20q, %q", tc.in, got, err, tc.want, tc.err)
		}
	}
}
