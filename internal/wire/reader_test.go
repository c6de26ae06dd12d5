package wire

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"mqt/internal/mqtt"
)

// stream is the bytes of many packets with bodies of the given lengths.
func stream(lengths ...int) []byte {
	var b []byte
	for i, n := range lengths {
		b = append(b, frame(0x30, bytes.Repeat([]byte{byte(i)}, n))...)
	}
	return b
}

func TestReaderSplits(t *testing.T) {
	t.Parallel()
	lengths := []int{0, 1, 2, 127, 128, 5000, 0, 16_383, 16_384, 3, 70_000, 1, 300_000, 4, 2_097_152, 5}
	b := stream(lengths...)
	readers := map[string]io.Reader{
		"whole":    bytes.NewReader(b),
		"one byte": iotest.OneByteReader(bytes.NewReader(b)),
		"half":     iotest.HalfReader(bytes.NewReader(b)),
		"data+EOF": iotest.DataErrReader(bytes.NewReader(b)),
	}
	for name, src := range readers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := Reader{R: src}
			for i, n := range lengths {
				h, body, err := r.Next()
				if err != nil || h.Type != PUBLISH || h.Remaining != n || !bytes.Equal(body, bytes.Repeat([]byte{byte(i)}, n)) {
					t.Fatalf("Next() number %d = %+v, %d bytes, %v, want %d bytes", i, h, len(body), err, n)
				}
			}
			for range 2 {
				if _, _, err := r.Next(); err != io.EOF {
					t.Errorf("Next() at the end: %v, want EOF", err)
				}
			}
			if r.Buffered() != 0 {
				t.Errorf("Buffered() = %d, want 0", r.Buffered())
			}
		})
	}
}

func TestReaderCutAtEveryByte(t *testing.T) {
	t.Parallel()
	b := stream(3, 200)
	for n := range len(b) {
		r := Reader{R: bytes.NewReader(b[:n])}
		var err error
		for err == nil {
			_, _, err = r.Next()
		}
		want := io.ErrUnexpectedEOF
		if n == 0 || n == 5 {
			want = io.EOF
		}
		if err != want {
			t.Errorf("Next() with %d bytes: %v, want %v", n, err, want)
		}
	}
}

func TestReaderMax(t *testing.T) {
	t.Parallel()
	r := Reader{R: bytes.NewReader(stream(8, 9)), Max: 10}
	if h, _, err := r.Next(); err != nil || h.Total() != 10 {
		t.Fatalf("Next() of 10 bytes = %+v, %v, want it", h, err)
	}
	for range 2 {
		if h, _, err := r.Next(); codeOf(err) != mqtt.PacketTooLarge {
			t.Errorf("Next() of 11 bytes = %+v, %v, want %v", h, err, mqtt.PacketTooLarge)
		}
	}
	if r.Buffered() != 11 {
		t.Errorf("Buffered() = %d, want 11", r.Buffered())
	}
}

func TestReaderMalformed(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"00", "11 00", "30 8000", "30 ffffffff"} {
		r := Reader{R: bytes.NewReader(raw(t, s))}
		if _, _, err := r.Next(); codeOf(err) != mqtt.MalformedPacket {
			t.Errorf("Next() of %s: %v, want a malformed packet", s, err)
		}
	}
}

// TestReaderGrowsWithBytes announces the longest packet and sends little.
func TestReaderGrowsWithBytes(t *testing.T) {
	t.Parallel()
	for _, sent := range []int{0, 1, 4000, 10_000, 100_000, 1_000_000} {
		b := append(raw(t, "30 ffffff7f"), make([]byte, sent)...)
		r := Reader{R: bytes.NewReader(b)}
		if _, _, err := r.Next(); err != io.ErrUnexpectedEOF {
			t.Fatalf("Next(): %v, want unexpected EOF", err)
		}
		if limit := max(minBuffer, 2*len(b)); len(r.buf) > limit {
			t.Errorf("after %d bytes the buffer has %d, want at most %d", len(b), len(r.buf), limit)
		}
	}
}

// lines returns one element of a list with each Read, whole.
type lines struct{ list [][]byte }

func (l *lines) Read(b []byte) (int, error) {
	if len(l.list) == 0 {
		return 0, io.EOF
	}
	n := copy(b, l.list[0])
	if l.list[0] = l.list[0][n:]; len(l.list[0]) == 0 {
		l.list = l.list[1:]
	}
	return n, nil
}

// TestReaderShrinks receives a large packet and then small ones.
func TestReaderShrinks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		large, small int
		want         int // largest buffer after that
	}{
		{"huge packet: at once", 3 << 20, 1, busyBuffer},
		{"large packet: kept at first", 500_000, 2, 512 << 10},
		{"large packet: given back", 500_000, smallFills + 2, busyBuffer},
		{"busy buffer: kept", 60_000, 100, busyBuffer},
	}
	for _, tt := range tests {
		l := &lines{list: [][]byte{stream(tt.large)}}
		for range tt.small {
			l.list = append(l.list, stream(10))
		}
		r := Reader{R: l}
		for {
			if _, _, err := r.Next(); err != nil {
				break
			}
		}
		if len(r.buf) != tt.want {
			t.Errorf("%s: buffer has %d bytes, want %d", tt.name, len(r.buf), tt.want)
		}
	}
}

// TestReaderOneReadManyPackets counts reads: a Read is asked for only when no
// whole packet is there.
func TestReaderOneReadManyPackets(t *testing.T) {
	t.Parallel()
	l := &lines{list: [][]byte{stream(1, 2, 3, 4)}}
	r := Reader{R: l}
	for want := range 4 {
		h, body, err := r.Next()
		if err != nil || h.Remaining != want+1 || body[0] != byte(want) || len(l.list) != 0 {
			t.Fatalf("Next() = %+v, % x, %v, want packet %d after one Read", h, body, err, want)
		}
	}
}

// TestReaderTemporaryError reads on after an error that came inside a packet.
func TestReaderTemporaryError(t *testing.T) {
	t.Parallel()
	timeout := errors.New("deadline")
	b := stream(10)
	r := Reader{R: io.MultiReader(bytes.NewReader(b[:5]), iotest.ErrReader(timeout))}
	if _, _, err := r.Next(); err != timeout {
		t.Fatalf("Next(): %v, want %v", err, timeout)
	}
	r.R = bytes.NewReader(b[5:])
	if h, body, err := r.Next(); err != nil || h.Remaining != 10 || len(body) != 10 {
		t.Errorf("Next() after the error = %+v, % x, %v, want the packet", h, body, err)
	}
	r.R = readerFunc(func([]byte) (int, error) { return 0, nil })
	if _, _, err := r.Next(); err != io.ErrNoProgress {
		t.Errorf("Next() from a reader that returns nothing: %v, want %v", err, io.ErrNoProgress)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// endless repeats a stream for ever, and fills every Read.
type endless struct {
	b  []byte
	at int
}

func (e *endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		k := copy(b[n:], e.b[e.at:])
		e.at = (e.at + k) % len(e.b)
		n += k
	}
	return n, nil
}

func TestReaderAllocatesNothing(t *testing.T) {
	for _, size := range []int{30, 5000, 200_000} {
		r := Reader{R: &endless{b: stream(size, size, size)}}
		for range 10_000 { // let the buffer reach its size
			if _, _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(1000, func() { _, _, _ = r.Next() }); n != 0 {
			t.Errorf("Next() with packets of %d bytes: %v allocations, want 0", size, n)
		}
	}
}

func BenchmarkReader(b *testing.B) {
	packet, err := smallPublish().Append(nil, mqtt.V311)
	if err != nil {
		b.Fatal(err)
	}
	r := Reader{R: &endless{b: bytes.Repeat(packet, 100)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestReaderBusy reads from a stream that fills every Read: the buffer grows
// so that there are fewer of them, to its limit and not beyond.
func TestReaderBusy(t *testing.T) {
	t.Parallel()
	r := Reader{R: &endless{b: stream(30, 30, 30)}}
	for range 20_000 {
		if _, _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.buf) != busyBuffer {
		t.Errorf("buffer has %d bytes, want %d", len(r.buf), busyBuffer)
	}
}

// TestReaderErrorWithData gets the last bytes together with an error: the
// packets come first, then that error, once.
func TestReaderErrorWithData(t *testing.T) {
	t.Parallel()
	reset := errors.New("reset")
	var calls int
	r := Reader{R: readerFunc(func(b []byte) (int, error) {
		if calls++; calls > 1 {
			return 0, io.EOF
		}
		return copy(b, stream(1, 2)), reset
	})}
	var got []error
	for range 4 {
		_, _, err := r.Next()
		got = append(got, err)
	}
	if want := []error{nil, nil, reset, io.EOF}; !slices.Equal(got, want) {
		t.Errorf("Next() errors %v, want %v", got, want)
	}
}
