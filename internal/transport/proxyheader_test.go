package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// v2 builds a header of version 2.
func v2(command, family byte, body string) string {
	return proxyV2 + string([]byte{command, family, byte(len(body) >> 8), byte(len(body))}) + body
}

const (
	v2TCP4 = "\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x34\x07\x5b"
	v2TCP6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x12\x34\x07\x5b"
	v2TLV = "\x20\x00\x08\x01\x00\x00\x00\x00\x01\x02\x03\x04"
)

func TestReadProxyHeader(t *testing.T) {
	t.Parallel()
	client := netip.MustParseAddrPort("192.0.2.7:4660")
	client6 := netip.MustParseAddrPort("[2001:db8::1]:4660")
	long := "PROXY TCP6 " + strings.Repeat("0", 93)
	tests := []struct {
		name, in string
		want     netip.AddrPort
		err      error
	}{
		{name: "v1 TCP4", in: "PROXY TCP4 192.0.2.7 10.0.0.1 4660 1883\r\n", want: client},
		{name: "v1 shortest TCP4", in: "PROXY TCP4 1.1.1.1 1.1.1.1 0 0\r\n", want: netip.MustParseAddrPort("1.1.1.1:0")},
		{name: "v1 TCP6", in: "PROXY TCP6 2001:db8::1 2001:db8::2 4660 1883\r\n", want: client6},
		{name: "v1 shortest TCP6", in: "PROXY TCP6 :: :: 0 0\r\n", want: netip.MustParseAddrPort("[::]:0")},
		{name: "v1 longest TCP6", in: "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
			want: netip.MustParseAddrPort("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")},
		{name: "v1 mapped", in: "PROXY TCP6 ::ffff:192.0.2.7 ::1 4660 1\r\n", want: client},
		{name: "v1 unknown", in: "PROXY UNKNOWN\r\n"},
		{name: "v1 unknown with 107 bytes", in: "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"},
		{name: "v1 108 bytes", in: "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535 \r\n", err: errBadProxyHeader},
		{name: "v1 without end", in: long + "00000", err: errBadProxyHeader},
		{name: "v1 LF alone", in: "PROXY TCP4 192.0.2.7 10.0.0.1 4660 1883\n", err: errBadProxyHeader},
		{name: "v1 early LF", in: "PROXY X\r\n\x10\x0c\x00\x04MQTT", err: errBadProxyHeader},
		{name: "v1 leading zero", in: "PROXY TCP4 192.0.2.7 10.0.0.1 04660 1883\r\n", err: errBadProxyHeader},
		{name: "v1 port over 65535", in: "PROXY TCP4 192.0.2.7 10.0.0.1 70000 1883\r\n", err: errBadProxyHeader},
		{name: "v1 signed port", in: "PROXY TCP4 192.0.2.7 10.0.0.1 +466 1883\r\n", err: errBadProxyHeader},
		{name: "v1 octal address", in: "PROXY TCP4 192.0.02.7 10.0.0.1 4660 1883\r\n", err: errBadProxyHeader},
		{name: "v1 wrong family", in: "PROXY TCP4 2001:db8::1 2001:db8::2 4660 1883\r\n", err: errBadProxyHeader},
		{name: "v1 zone", in: "PROXY TCP6 fe80::1%eth0 fe80::2 4660 1883\r\n", err: errBadProxyHeader},
		{name: "v1 two spaces", in: "PROXY TCP4  192.0.2.7 10.0.0.1 4660 1883\r\n", err: errBadProxyHeader},
		{name: "v1 UDP", in: "PROXY UDP4 192.0.2.7 10.0.0.1 4660 1883\r\n", err: errBadProxyHeader},
		{name: "v2 TCP4", in: v2(0x21, 0x11, v2TCP4), want: client},
		{name: "v2 TCP6", in: v2(0x21, 0x21, v2TCP6), want: client6},
		{name: "v2 TCP4 with TLVs", in: v2(0x21, 0x11, v2TCP4+v2TLV), want: client},
		{name: "v2 longest", in: v2(0x21, 0x11, v2TCP4+strings.Repeat("\xee", maxProxyV2-12)), want: client},
		{name: "v2 local", in: v2(0x20, 0x00, "")},
		{name: "v2 local with addresses", in: v2(0x20, 0x11, v2TCP4)},
		{name: "v2 unspecified", in: v2(0x21, 0x00, v2TLV)},
		{name: "v2 UDP", in: v2(0x21, 0x12, v2TCP4)},
		{name: "v2 unix", in: v2(0x21, 0x31, strings.Repeat("/", 216))},
		{name: "v2 too long", in: v2(0x21, 0x11, v2TCP4+strings.Repeat("\xee", maxProxyV2-11)), err: errBadProxyHeader},
		{name: "v2 too short", in: v2(0x21, 0x11, v2TCP4[:11]), err: errBadProxyHeader},
		{name: "v2 unassigned family", in: v2(0x21, 0x41, v2TCP4), err: errBadProxyHeader},
		{name: "v2 unassigned protocol", in: v2(0x21, 0x13, v2TCP4), err: errBadProxyHeader},
		{name: "v2 unassigned command", in: v2(0x22, 0x11, v2TCP4), err: errBadProxyHeader},
		{name: "v2 wrong version", in: v2(0x11, 0x11, v2TCP4), err: errBadProxyHeader},
		{name: "MQTT", in: "\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00", err: errNoProxyHeader},
		{name: "HTTP", in: "POST / HTTP/1.1\r\n", err: errNoProxyHeader},
		{name: "one wrong byte", in: "\r\n\r\n\x00\r\nQUIT\r ", err: errNoProxyHeader},
		{name: "nothing", in: "", err: io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const rest = "\x10\x0c\x00\x04MQTT, and much more than any header may have"
			for _, cut := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader} {
				after := rest
				if tt.err != nil {
					after = ""
				}
				src := strings.NewReader(tt.in + after)
				got, err := readProxyHeader(cut(src))
				if got != tt.want || !errors.Is(err, tt.err) {
					t.Fatalf("readProxyHeader(%q) = %v, %v, want %v, %v", tt.in, got, err, tt.want, tt.err)
				}
				if left, _ := io.ReadAll(src); tt.err == nil && string(left) != rest {
					t.Errorf("readProxyHeader(%q) left %q, want %q", tt.in, left, rest)
				}
			}
			if tt.err != nil {
				return
			}
			for i := 1; i < len(tt.in); i++ {
				if _, err := readProxyHeader(strings.NewReader(tt.in[:i])); !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("readProxyHeader(%q) = %v, want %v", tt.in[:i], err, io.ErrUnexpectedEOF)
				}
			}
		})
	}
}

func TestProxyHeaderAllocatesNothingForLengths(t *testing.T) {
	in := v2(0x21, 0x11, v2TCP4+strings.Repeat("\xee", maxProxyV2-12))
	r := strings.NewReader(in)
	n := testing.AllocsPerRun(10, func() {
		r.Reset(in)
		_, _ = readProxyHeader(r)
	})
	if n > 1 {
		t.Errorf("readProxyHeader allocates %v times, want 1 (its buffer)", n)
	}
}

func TestProxyListener(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	tests := []struct {
		name, url, header, remote string
		tls, plain                bool
	}{
		{"mqtt", "mqtt://127.0.0.1:0", "PROXY TCP4 192.0.2.7 10.0.0.1 4660 1883\r\n", "192.0.2.7:4660", false, true},
		{"mqtts", "mqtts://127.0.0.1:0", v2(0x21, 0x21, v2TCP6+v2TLV), "[2001:db8::1]:4660", true, false},
		{"any", "any://127.0.0.1:0", v2(0x21, 0x11, v2TCP4), "192.0.2.7:4660", false, true},
		{"any with TLS", "any://127.0.0.1:0", "PROXY TCP4 192.0.2.7 10.0.0.1 4660 1883\r\n", "192.0.2.7:4660", true, false},
		{"local", "any://127.0.0.1:0", v2(0x20, 0, ""), "", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ln, u := mustListen(t, tt.url, ListenOptions{TLS: server, ProxyFrom: loopback})
			got := accepted(t, ln)
			nc, err := net.Dial("tcp", u.Host)
			if err != nil {
				t.Fatal(err)
			}
			local := nc.LocalAddr().String()
			defer func() { _ = nc.Close() }()
			if _, err := nc.Write([]byte(tt.header)); err != nil {
				t.Fatal(err)
			}
			type connected struct {
				nc  net.Conn
				err error
			}
			ready := make(chan connected, 1)
			go func() { // the handshake of mqtts needs a reading server
				var c connected
				c.nc = nc
				if tt.tls {
					c.nc, c.err = handshake(t.Context(), nc, "localhost", client)
				}
				if c.err == nil {
					_, c.err = c.nc.Write([]byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00"))
				}
				ready <- c
			}()
			sc := <-got
			if want := either(tt.remote, local); sc.RemoteAddr().String() != want {
				t.Errorf("RemoteAddr() = %v, want %s", sc.RemoteAddr(), want)
			}
			if p, ok := sc.(*ProxiedConn); runtime.GOOS == "linux" && ok != tt.plain || ok && p.Plain() == nil {
				t.Errorf("Accept() = %T", sc)
			}
			if tc, ok := sc.(*tls.Conn); ok {
				if err := tc.HandshakeContext(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			c := <-ready
			if c.err != nil {
				t.Fatal(c.err)
			}
			exchange(t, c.nc, sc)
		})
	}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestProxyRefusals(t *testing.T) {
	t.Parallel()
	const header = "PROXY TCP4 192.0.2.7 10.0.0.1 4660 1883\r\n"
	tests := []struct {
		name, from, send string
		want             error
	}{
		{"untrusted with a header", "198.51.100.1:9", header, errNotTrusted},
		{"untrusted without", "198.51.100.1:9", "\x10", errNotTrusted},
		{"trusted without", "10.1.2.3:9", "\x10\x0c\x00\x04MQTT", errNoProxyHeader},
		{"trusted, malformed", "10.1.2.3:9", "PROXY TCP4 a b c d\r\n", errBadProxyHeader},
		{"trusted, silent", "10.1.2.3:9", "", errSilent},
		{"trusted, half a header", "[::ffff:10.1.2.3]:9", header[:20], errSilent},
		{"trusted, half a length", "10.1.2.3:9", v2(0x21, 0x11, v2TCP4+v2TLV)[:30], errSilent},
	}
	for _, scheme := range []string{"mqtt", "any"} {
		for _, tt := range tests {
			t.Run(scheme+", "+tt.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					base := newPipeListener()
					why := make(refusals, 1)
					ln, err := Wrap(base, &url.URL{Scheme: scheme}, ListenOptions{
						ProxyFrom: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Refused: why.note})
					if err != nil {
						t.Fatal(err)
					}
					start := time.Now()
					nc := base.dial(tt.from)
					_, _ = nc.Write([]byte(tt.send)) // a refused one does not read
					_, _ = io.Copy(io.Discard, nc)
					if err := <-why; !errors.Is(err, tt.want) {
						t.Errorf("refused because %v, want %v", err, tt.want)
					}
					want := time.Duration(0)
					if errors.Is(tt.want, errSilent) {
						want = defaultTimeout
					}
					if d := time.Since(start); d != want {
						t.Errorf("closed after %v, want %v", d, want)
					}
					_, _ = nc.Close(), ln.Close()
				})
			})
		}
	}
}

// FuzzProxyHeader checks that no bytes make the parser read past a header, and
// that a header it takes is taken the same way when it arrives byte by byte.
func FuzzProxyHeader(f *testing.F) {
	for _, s := range []string{
		"PROXY TCP4 192.0.2.7 10.0.0.1 4660 1883\r\n\x10", "PROXY TCP6 :: :: 0 0\r\n", "PROXY UNKNOWN\r\nPROXY", "PROXY X\r\n\r\n\r\n\r\n",
		v2(0x21, 0x11, v2TCP4+v2TLV) + "\x10", v2(0x21, 0x21, v2TCP6), v2(0x20, 0, ""), v2(0x21, 0x31, ""), proxyV2, "\x10\x0c",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, slow := bytes.NewReader(data), bytes.NewReader(data)
		a, errA := readProxyHeader(whole)
		b, errB := readProxyHeader(iotest.OneByteReader(slow))
		if (errA == nil) != (errB == nil) || a != b {
			t.Fatalf("at once: %v, %v; by byte: %v, %v", a, errA, b, errB)
		}
		if errA != nil {
			return
		}
		if whole.Len() != slow.Len() {
			t.Errorf("at once %d bytes are left, by byte %d", whole.Len(), slow.Len())
		}
		used := data[:len(data)-whole.Len()]
		if used[0] == 'P' && (len(used) > maxProxyV1 || !bytes.HasSuffix(used, []byte("\r\n")) || bytes.Count(used, []byte("\n")) != 1) {
			t.Errorf("took %q as version 1", used)
		}
		if used[0] == '\r' && (len(used) < 16 || len(used) != 16+int(used[14])<<8+int(used[15])) {
			t.Errorf("took %d bytes as version 2", len(used))
		}
	})
}
