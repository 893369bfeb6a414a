package gtfs

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"chepiao"
)

// Limits of one field.
const (
	idBytesMax   = 256
	textRunesMax = 300
)

// row is one row of a table. Its methods read a field by the column's name; a
// column that the table lacks reads as empty.
type row struct {
	file string
	csv  *csv.Reader
	rep  *Report
	cols map[string]int
	wide int // fields of the header
	rec  []string
}

// each calls fn for every row of a table and does nothing when the table is
// missing. A required table without a required column is a fault; an optional
// one is reported and passed over. The row is valid during the call only.
func (t *tables) each(name string, need []string, fn func(*row) error) error {
	if !t.has(name) {
		return nil
	}
	t.stage(name)
	f, err := t.fs.Open(name)
	if err != nil {
		return fmt.Errorf("opening %s: %w", name, err)
	}
	defer f.Close()
	m := &meter{r: f, t: t, left: RowBytesMax}
	r := &row{file: name, rep: t.rep, csv: newCSV(m)}
	missing, err := r.header(need)
	if err != nil {
		return err
	}
	if missing != "" {
		for _, n := range required {
			if n == name {
				return fmt.Errorf("%s has no column %s", name, missing)
			}
		}
		t.rep.add(Error, "missing-column", name, 1, missing, "", "the file lacks a column it needs", "the file was passed over")
		return nil
	}
	most := RowsMax
	if name == "stop_times.txt" {
		most = StopTimesMax
	}
	n := 0
	for {
		m.left = RowBytesMax
		ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if n++; n > most {
			return fmt.Errorf("reading %s: %w: at most %d can be read", name, errTooMany, most)
		}
		if err := fn(r); err != nil {
			return fmt.Errorf("reading %s line %d: %w", name, r.line(), err)
		}
	}
	t.rep.Files = append(t.rep.Files, FileRows{name, n})
	return nil
}

// newCSV reads what people's spreadsheets write: rows of unequal length, quotes
// in the middle of a field, blanks before a quote.
func newCSV(src io.Reader) *csv.Reader {
	b := bufio.NewReader(src)
	if bom, err := b.Peek(3); err == nil && string(bom) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	c := csv.NewReader(b)
	c.FieldsPerRecord, c.LazyQuotes, c.TrimLeadingSpace, c.ReuseRecord = -1, true, true, true
	return c
}

// header reads the column names and returns the first needed one that is missing.
func (r *row) header(need []string) (missing string, err error) {
	rec, err := r.csv.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading %s: %w", r.file, err)
	}
	r.cols, r.wide = make(map[string]int, len(rec)), len(rec)
	for i, name := range rec {
		name = strings.ToLower(strings.TrimSpace(strings.Trim(name, "\ufeff")))
		if _, twice := r.cols[name]; twice && name != "" {
			r.rep.add(Warning, "duplicate-column", r.file, 1, name, "", "the column stands twice", "the first one is read")
			continue
		}
		r.cols[strings.Clone(name)] = i
		if strings.HasPrefix(name, "chepiao_") && !extensions[name] {
			r.rep.add(Warning, "unknown-extension", r.file, 1, name, "", "not one of the extension columns of docs/import.md", "passed over")
		}
	}
	for _, name := range need {
		if _, ok := r.cols[name]; !ok {
			return name, nil
		}
	}
	return "", nil
}

var extensions = map[string]bool{
	"chepiao_english": true, "chepiao_pinyin": true, "chepiao_initials": true, "chepiao_kind": true, "chepiao_level": true,
	"chepiao_region": true, "chepiao_address": true, "chepiao_phone": true, "chepiao_class": true, "chepiao_vehicle": true,
	"chepiao_gate": true, "chepiao_interval": true, "chepiao_last": true, "chepiao_seats": true,
}

// next moves to the next row that has anything in it.
func (r *row) next() (bool, error) {
	for {
		rec, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("reading %s: %w", r.file, err)
		}
		if !blank(rec) {
			r.rec = rec
			if len(rec) > r.wide && !blank(rec[r.wide:]) {
				r.add(Warning, "long-row", "", "", "the row has more fields than the header", "the surplus fields were passed over")
			}
			return true, nil
		}
	}
}

func blank(rec []string) bool {
	for _, s := range rec {
		if strings.TrimSpace(s) != "" {
			return false
		}
	}
	return true
}

// line is the line of the file that the row begins on.
func (r *row) line() int {
	if len(r.rec) == 0 {
		return 0
	}
	n, _ := r.csv.FieldPos(0)
	return n
}

func (r *row) add(sev Severity, kind, field, value, what, done string) {
	r.rep.add(sev, kind, r.file, r.line(), field, value, what, done)
}

// raw is the field on one line, without blanks around it or control characters
// in it. It may share the row's memory.
func (r *row) raw(col string) string {
	i, ok := r.cols[col]
	if !ok || i >= len(r.rec) {
		return ""
	}
	s := strings.TrimSpace(r.rec[i])
	if !utf8.ValidString(s) {
		r.add(Warning, "not-utf8", col, s, "not UTF-8 text; is the file in GB 18030?", "the wrong bytes were replaced by �")
		s = strings.ToValidUTF8(s, "�")
	}
	if strings.IndexFunc(s, odd) < 0 {
		return s
	}
	s = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case odd(c):
			return -1
		}
		return c
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// odd says that a character has no place in a field: it is invisible, or turns
// the text around it.
func odd(c rune) bool {
	return unicode.IsControl(c) || c == '\ufeff' || unicode.Is(unicode.Bidi_Control, c)
}

// id is a field that names something, in memory of its own.
// One that is too long counts as empty.
func (r *row) id(col string) string {
	s := r.raw(col)
	if len(s) > idBytesMax {
		r.add(Error, "long-id", col, s, fmt.Sprintf("the id is longer than %d bytes", idBytesMax), "read as empty")
		return ""
	}
	return strings.Clone(s)
}

// text is a field for people, cut where it is too long.
func (r *row) text(col string) string {
	s := r.raw(col)
	if utf8.RuneCountInString(s) > textRunesMax {
		r.add(Warning, "long-text", col, s, fmt.Sprintf("longer than %d characters", textRunesMax), "cut")
		s = string([]rune(s)[:textRunesMax])
	}
	return strings.Clone(s)
}

// whole is a whole number from least to most, or otherwise where the field is
// empty or wrong; wrong is reported.
func (r *row) whole(col string, least, most, otherwise int) int {
	s := r.raw(col)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		r.add(Warning, "bad-number", col, s, fmt.Sprintf("not a whole number from %d to %d", least, most), "read as "+strconv.Itoa(otherwise))
		return otherwise
	}
	return n
}

// number is a finite decimal number; ok is false where there is none.
func (r *row) number(col string) (x float64, ok bool) {
	s := r.raw(col)
	if s == "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		r.add(Warning, "bad-number", col, s, "not a number", "read as empty")
		return 0, false
	}
	return x, true
}

// clock is a time of the service day; ok is false where there is none. A wrong
// one is reported and err is set.
func (r *row) clock(col string) (c chepiao.Clock, ok bool, err error) {
	s := r.raw(col)
	if s == "" {
		return 0, false, nil
	}
	c, err = parseClock(s)
	return c, err == nil, err
}

var (
	errClock     = errors.New("not a time like 08:05:00")
	errClockLate = fmt.Errorf("later than %d:00:00, four days after the start of the service day", chepiao.ClockMax/3600)
)

// parseClock reads "8:05:00", "08:05:00", "25:10:00" and "08:05".
func parseClock(s string) (chepiao.Clock, error) {
	var part [3]int
	n := 0
	for rest, more := s, true; more; n++ {
		var p string
		p, rest, more = strings.Cut(rest, ":")
		if p = strings.TrimSpace(p); n > 2 || len(p) < 1 || len(p) > 3 {
			return 0, errClock
		}
		for _, c := range []byte(p) {
			if c < '0' || c > '9' {
				return 0, errClock
			}
			part[n] = part[n]*10 + int(c-'0')
		}
	}
	if n < 2 || part[1] > 59 || part[2] > 59 {
		return 0, errClock
	}
	c := chepiao.Clock(part[0]*3600 + part[1]*60 + part[2])
	if c > chepiao.ClockMax {
		return 0, errClockLate
	}
	return c, nil
}

// parseMoney reads a decimal amount as fen, rounding half up; ok is false for
// anything but a plain amount from 0 to ten million.
func parseMoney(s string) (m chepiao.Money, ok bool) {
	units, cents, _ := strings.Cut(s, ".")
	if units == "" && cents == "" || len(units) > 8 || len(cents) > 18 {
		return 0, false
	}
	for _, c := range []byte(units + cents) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, _ := strconv.ParseInt("0"+units, 10, 64)
	digits := (cents + "000")[:3]
	f, _ := strconv.ParseInt(digits, 10, 64)
	if n > 10_000_000 {
		return 0, false
	}
	return chepiao.Money(n*100 + (f+5)/10), true
}
