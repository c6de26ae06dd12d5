package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// The PROXY protocol, versions 1 and 2, as in "The PROXY protocol", HAProxy
// Technologies, 2020/03/05. The text of version 1 has at most 107 bytes with
// its CRLF; version 2 announces its length in 16 bits, of which maxProxyV2 are
// believed.
const (
	proxyV1     = "PROXY "
	proxyV2     = "\r\n\r\n\x00\r\nQUIT\n"
	maxProxyV1  = 107
	maxProxyV2  = 4096
	minProxyV1  = len("PROXY UNKNOWN\r\n") // both versions have at least as much
	minProxyTCP = len("PROXY TCP6 :: :: 0 0\r\n")
)

var (
	errNoProxyHeader  = errors.New("PROXY protocol: the trusted proxy sent no header")
	errBadProxyHeader = errors.New("PROXY protocol: malformed header")
)

func badProxy(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errBadProxyHeader, fmt.Errorf(format, args...))
}

// readProxyHeader reads one header from r and not a byte more. The zero
// address means that the connection's own one counts: a health check of the
// proxy, or a client whose address the proxy does not know.
func readProxyHeader(r io.Reader) (client netip.AddrPort, err error) {
	b := make([]byte, maxProxyV1)
	n := 0
	for n < minProxyV1 {
		k, err := r.Read(b[n:minProxyV1])
		n += k
		switch {
		case !opens(b[:n], proxyV1) && !opens(b[:n], proxyV2):
			return client, errNoProxyHeader
		case err != nil && n < minProxyV1:
			return client, proxyReadError(err, n)
		}
	}
	if b[0] == proxyV1[0] {
		return readProxyV1(r, b)
	}
	return readProxyV2(r, b)
}

// opens reports whether b begins with signature, as far as b goes.
func opens(b []byte, signature string) bool {
	n := min(len(b), len(signature))
	return string(b[:n]) == signature[:n]
}

func proxyReadError(err error, n int) error {
	if errors.Is(err, io.EOF) && n > 0 {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("PROXY protocol header: %w", err)
}

// readProxyV1 reads the rest of the line, whose first minProxyV1 bytes are in b.
func readProxyV1(r io.Reader, b []byte) (netip.AddrPort, error) {
	n := minProxyV1
	for {
		if i := bytes.IndexByte(b[:n], '\n'); i >= 0 {
			if i != n-1 || b[i-1] != '\r' {
				return netip.AddrPort{}, badProxy("its line ends at byte %d", i)
			}
			return parseProxyV1(string(b[len(proxyV1) : n-2]))
		}
		// No more than surely belongs to the line, so a byte at a time near its end.
		step := n + 1
		if n < minProxyTCP && bytes.HasPrefix(b, []byte(proxyV1+"TCP")) {
			step = minProxyTCP
		}
		if step > maxProxyV1 {
			return netip.AddrPort{}, badProxy("more than %d bytes", maxProxyV1)
		}
		k, err := r.Read(b[n:step])
		n += k
		if k == 0 && err != nil {
			return netip.AddrPort{}, proxyReadError(err, n)
		}
	}
}

// parseProxyV1 parses a line without its signature and end.
func parseProxyV1(line string) (client netip.AddrPort, err error) {
	f := strings.Split(line, " ")
	if f[0] == "UNKNOWN" {
		return client, nil // the rest of the line is to be ignored
	}
	if f[0] != "TCP4" && f[0] != "TCP6" || len(f) != 5 {
		return client, badProxy("%q", line)
	}
	var addr [2]netip.AddrPort // source, destination
	for i := range addr {
		ip, err := netip.ParseAddr(f[1+i])
		if err != nil || ip.Zone() != "" || ip.Is4() != (f[0] == "TCP4") {
			return client, badProxy("address %q", f[1+i])
		}
		port, err := strconv.ParseUint(f[3+i], 10, 16)
		if err != nil || strconv.FormatUint(port, 10) != f[3+i] {
			return client, badProxy("port %q", f[3+i])
		}
		addr[i] = netip.AddrPortFrom(ip.Unmap(), uint16(port))
	}
	return addr[0], nil
}

// readProxyV2 reads the rest of a binary header, whose first minProxyV1 bytes
// are in b. Whatever follows the addresses (TLS information and other TLVs) is
// skipped, without memory for it.
func readProxyV2(r io.Reader, b []byte) (client netip.AddrPort, err error) {
	if _, err := io.ReadFull(r, b[minProxyV1:16]); err != nil {
		return client, proxyReadError(err, minProxyV1)
	}
	command, family := b[12], b[13]
	left := int(binary.BigEndian.Uint16(b[14:16]))
	if left > maxProxyV2 {
		return client, badProxy("%d bytes announced, %d are allowed", left, maxProxyV2)
	}
	need, err := proxyV2Size(command, family)
	switch {
	case err != nil:
		return client, err
	case left < need:
		return client, badProxy("%d bytes announced, addresses of family %#02x have %d", left, family, need)
	}
	if _, err := io.ReadFull(r, b[:need]); err != nil {
		return client, proxyReadError(err, minProxyV1)
	}
	switch need {
	case 2*4 + 2*2:
		client = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b)), binary.BigEndian.Uint16(b[8:]))
	case 2*16 + 2*2:
		client = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b)).Unmap(), binary.BigEndian.Uint16(b[32:]))
	}
	for left -= need; left > 0; {
		k, err := r.Read(b[:min(left, len(b))])
		left -= k
		if k == 0 && err != nil {
			return netip.AddrPort{}, proxyReadError(err, minProxyV1)
		}
	}
	return client, nil
}

// proxyV2Size returns how many bytes of addresses are ours to read: none when
// the connection's own addresses count.
func proxyV2Size(command, family byte) (int, error) {
	switch {
	case command == 0x20: // LOCAL: the family is to be ignored
		return 0, nil
	case command != 0x21:
		return 0, badProxy("version and command %#02x", command)
	case family == 0x11: // TCP over IPv4
		return 2*4 + 2*2, nil
	case family == 0x21: // TCP over IPv6
		return 2*16 + 2*2, nil
	case family>>4 > 3 || family&15 > 2:
		return 0, badProxy("family and protocol %#02x", family)
	}
	return 0, nil // valid, but no TCP: as if unspecified
}
