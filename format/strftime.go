package format

import (
	"strconv"
	"time"
)

// appendStrftime appends what C's strftime makes of "%c" in the C locale, with
// the conversions of the GNU library, and of N as nine digits of nanoseconds.
// What is no conversion is appended as it is, percent sign included.
func appendStrftime(dst []byte, c byte, t time.Time) []byte {
	if layout := layoutOf(c); layout != "" {
		return t.AppendFormat(dst, layout)
	}
	isoYear, isoWeek := t.ISOWeek()
	switch c {
	case '%':
		return append(dst, '%')
	case 'n':
		return append(dst, '\n')
	case 't':
		return append(dst, '\t')
	case 'C':
		return appendZeros(dst, t.Year()/100, 2)
	case 'G':
		return strconv.AppendInt(dst, int64(isoYear), 10)
	case 'g':
		return appendZeros(dst, isoYear%100, 2)
	case 'V':
		return appendZeros(dst, isoWeek, 2)
	case 'j':
		return appendZeros(dst, t.YearDay(), 3)
	case 'k':
		return appendSpaced(dst, t.Hour())
	case 'l':
		return appendSpaced(dst, (t.Hour()+11)%12+1)
	case 'N':
		return appendZeros(dst, t.Nanosecond(), 9)
	case 's':
		return strconv.AppendInt(dst, t.Unix(), 10)
	case 'u':
		return append(dst, '1'+byte(t.Weekday()+6)%7)
	case 'w':
		return append(dst, '0'+byte(t.Weekday()))
	case 'U': // weeks begin on Sunday
		return appendZeros(dst, (t.YearDay()+6-int(t.Weekday()))/7, 2)
	case 'W': // weeks begin on Monday
		return appendZeros(dst, (t.YearDay()+6-int(t.Weekday()+6)%7)/7, 2)
	}
	if c >= '3' && c <= '9' { // a width, and nothing to pad but itself
		dst = fill(dst, ' ', int(c-'0')-2)
	}
	return append(dst, '%', c)
}

// layoutOf returns the layout for package time of a conversion that has one.
func layoutOf(c byte) string {
	switch c {
	case 'a':
		return "Mon"
	case 'A':
		return "Monday"
	case 'b', 'h':
		return "Jan"
	case 'B':
		return "January"
	case 'c':
		return "Mon Jan _2 15:04:05 2006"
	case 'd':
		return "02"
	case 'D', 'x':
		return "01/02/06"
	case 'e':
		return "_2"
	case 'F':
		return "2006-01-02"
	case 'H':
		return "15"
	case 'I':
		return "03"
	case 'm':
		return "01"
	case 'M':
		return "04"
	case 'p':
		return "PM"
	case 'P':
		return "pm"
	case 'r':
		return "03:04:05 PM"
	case 'R':
		return "15:04"
	case 'S':
		return "05"
	case 'T', 'X':
		return "15:04:05"
	case 'y':
		return "06"
	case 'Y':
		return "2006"
	case 'z':
		return "-0700"
	case 'Z':
		return "MST"
	}
	return ""
}

// appendSpaced appends v, below 100, with a space in front of a single digit.
func appendSpaced(dst []byte, v int) []byte {
	if v < 10 {
		dst = append(dst, ' ')
	}
	return strconv.AppendInt(dst, int64(v), 10)
}
