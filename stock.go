package chepiao

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PaperBatchID is the number of a delivery of numbered paper (票据入库). It prints as
// ZP, the digits and a check digit.
type PaperBatchID int64

func (id PaperBatchID) String() string { return printNumber("ZP", int64(id)) }

// ParsePaperBatchID reads a delivery's number. Refusal Invalid.
func ParsePaperBatchID(s string) (PaperBatchID, error) {
	n, err := parseNumber("ZP", s, "batch")
	return PaperBatchID(n), err
}

func (id PaperBatchID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *PaperBatchID) UnmarshalText(b []byte) (err error) {
	*id, err = ParsePaperBatchID(string(b))
	return err
}

// Reasons of the paper stock.
const (
	NoPaper    Reason = "NO_PAPER"    // whoever prints has no numbered paper left
	PaperTaken Reason = "PAPER_TAKEN" // the number is in the stock already, used, or somebody else's
)

// Serials are numbered sheets in a row: From to To, both included, of one
// delivery. A number prints as the prefix and Width digits.
type Serials struct {
	Batch  PaperBatchID `json:"batch"`
	Prefix string       `json:"prefix"`
	Width  int          `json:"width"`
	From   int64        `json:"from"`
	To     int64        `json:"to"`
}

// Count is how many sheets they are.
func (s Serials) Count() int { return int(s.To - s.From + 1) }

// Serial is a number as printed on the sheet.
func (s Serials) Serial(n int64) string { return fmt.Sprintf("%s%0*d", s.Prefix, s.Width, n) }

// First and Last are the first and last numbers as printed.
func (s Serials) First() string { return s.Serial(s.From) }
func (s Serials) Last() string  { return s.Serial(s.To) }

// String is "A0000001–A0000500".
func (s Serials) String() string {
	if s.From == s.To {
		return s.First()
	}
	return s.First() + "–" + s.Last()
}

// Number is which of the sheets a printed number is.
func (s Serials) Number(serial string) (n int64, ok bool) {
	prefix, width, n, err := ParseSerial(serial)
	return n, err == nil && prefix == s.Prefix && width == s.Width && n >= s.From && n <= s.To
}

// serialDigits bounds the digits of a number; a delivery has PaperBatchMax sheets
// at most.
const (
	serialDigits  = 12
	PaperBatchMax = 1_000_000
)

// ParseSerial takes a printed number apart: what stands before its last digits,
// how many digits, and the number. Scanners and people may leave blanks and small
// letters. Refusal Invalid at no.
func ParseSerial(serial string) (prefix string, width int, n int64, err error) {
	serial = CleanSerial(serial)
	at := len(serial)
	for at > 0 && serial[at-1] >= '0' && serial[at-1] <= '9' {
		at--
	}
	width = len(serial) - at
	if width == 0 || width > serialDigits || len(serial) > receiptNoMax || !plainText(serial) {
		return "", 0, 0, Refuse(Invalid, fmt.Sprintf("票据号应以数字结尾，最多 %d 位字母和数字", receiptNoMax), fmt.Sprintf("a number ends in digits and has at most %d letters and digits", receiptNoMax)).At("no")
	}
	n, err = strconv.ParseInt(serial[at:], 10, 64)
	return serial[:at], width, n, err
}

// CleanSerial is a typed or scanned number as it is stored.
func CleanSerial(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(s)))
}

// PaperBatch is a delivery of numbered paper to a station, and what of it still
// lies in the store. The rest is with shifts, or each sheet has a row of its own.
type PaperBatch struct {
	Serials           // all of it; Batch is its own number
	Station StationNo `json:"station,omitempty"`
	Left    []Serials `json:"left,omitempty"` // in the store, the next one first
	At      time.Time `json:"at"`
	By      StaffNo   `json:"by,omitempty"`
	Version int64     `json:"version"`
}

// NewPaperBatch is a delivery from one printed number to another. Refusals:
// Invalid at from, to.
func NewPaperBatch(id PaperBatchID, station StationNo, from, to string, by StaffNo, now time.Time) (PaperBatch, error) {
	prefix, width, first, err := ParseSerial(from)
	if err != nil {
		return PaperBatch{}, at(err, "from")
	}
	prefix2, width2, last, err := ParseSerial(to)
	switch {
	case err != nil:
		return PaperBatch{}, at(err, "to")
	case prefix2 != prefix || width2 != width || last < first:
		return PaperBatch{}, Refuse(Invalid, "止号应与起号同一字轨、同样位数，且不小于起号", "the last number has the same letters and digits as the first and is not before it").At("to")
	case last-first >= PaperBatchMax:
		return PaperBatch{}, Refuse(Invalid, fmt.Sprintf("一次最多入库 %d 张", PaperBatchMax), fmt.Sprintf("a delivery has at most %d sheets", PaperBatchMax)).At("to")
	}
	all := Serials{Batch: id, Prefix: prefix, Width: width, From: first, To: last}
	return PaperBatch{Serials: all, Station: station, Left: []Serials{all}, At: now, By: by, Version: 1}, nil
}

// at gives a refusal its field.
func at(err error, field string) error {
	if r := AsRefusal(err); r != nil {
		return r.At(field)
	}
	return err
}

// Give takes the next n sheets out of the store. Refusals: Invalid, NoPaper.
func (b PaperBatch) Give(n int) (PaperBatch, []Serials, error) {
	given, left, err := takeSheets(b.Left, n)
	if err != nil {
		return b, nil, err
	}
	b.Left = left
	b.Version++
	return b, given, nil
}

// TakeBack puts sheets of the delivery back into the store.
func (b PaperBatch) TakeBack(list []Serials) PaperBatch {
	b.Left = joinSheets(b.Left, list)
	b.Version++
	return b
}

// takeSheets splits off the first n sheets.
func takeSheets(list []Serials, n int) (taken, left []Serials, err error) {
	if n <= 0 {
		return nil, list, Refuse(Invalid, "张数应大于零", "the number of sheets must be above zero").At("sheets")
	}
	if total := sheets(list); n > total {
		return nil, list, Refuse(NoPaper, fmt.Sprintf("只有 %d 张", total), fmt.Sprintf("there are only %d sheets", total)).At("sheets")
	}
	for i, s := range list {
		if c := s.Count(); c < n {
			taken, n = append(taken, s), n-c
			continue
		}
		head, tail := s, s
		head.To, tail.From = s.From+int64(n)-1, s.From+int64(n)
		taken = append(taken, head)
		if tail.From <= tail.To {
			left = append(left, tail)
		}
		return taken, append(left, list[i+1:]...), nil
	}
	return taken, nil, nil
}

func sheets(list []Serials) (n int) {
	for _, s := range list {
		n += s.Count()
	}
	return n
}

// joinSheets adds sheets to others, in the order of delivery and number, rows in
// a row as one.
func joinSheets(list, more []Serials) (joined []Serials) {
	all := append(slices.Clone(list), more...)
	slices.SortFunc(all, func(a, b Serials) int {
		if a.Batch != b.Batch {
			return int(max(-1, min(1, a.Batch-b.Batch)))
		}
		return int(max(-1, min(1, a.From-b.From)))
	})
	for _, s := range all {
		if n := len(joined); n > 0 && joined[n-1].Batch == s.Batch && joined[n-1].To+1 == s.From {
			joined[n-1].To = s.To
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// paperRowsMax bounds the runs of numbers that a shift holds.
const paperRowsMax = 20

// Sheets is how many numbered sheets the shift has left.
func (s Shift) Sheets() int { return sheets(s.Paper) }

// LoadPaper gives a shift more paper: it is used up after what is there. Refusals:
// ShiftClosed, TooMany.
func (s Shift) LoadPaper(list []Serials) (Shift, error) {
	if err := s.IsOpen(); err != nil {
		return s, err
	}
	paper := slices.Clone(s.Paper)
	for _, r := range list {
		if n := len(paper); n > 0 && paper[n-1].Batch == r.Batch && paper[n-1].To+1 == r.From {
			paper[n-1].To = r.To
			continue
		}
		paper = append(paper, r)
	}
	if len(paper) > paperRowsMax {
		return s, Refuse(TooMany, fmt.Sprintf("手头的号段最多 %d 段，请先退回一些", paperRowsMax), fmt.Sprintf("at most %d runs of numbers are held: give some back first", paperRowsMax)).At("sheets")
	}
	s.Paper = paper
	s.Version++
	return s, nil
}

// GivePaper takes the next n sheets away from a shift. Refusals: ShiftClosed,
// Invalid, NoPaper.
func (s Shift) GivePaper(n int) (Shift, []Serials, error) {
	if err := s.IsOpen(); err != nil {
		return s, nil, err
	}
	given, left, err := takeSheets(s.Paper, n)
	if err != nil {
		return s, nil, err
	}
	s.Paper = left
	s.Version++
	return s, given, nil
}

// NextPaper takes the next sheet, to be printed on. Refusals: ShiftClosed,
// NoPaper.
func (s Shift) NextPaper() (next Shift, sheet Serials, err error) {
	if err := s.IsOpen(); err != nil {
		return s, Serials{}, err
	}
	if len(s.Paper) == 0 {
		return s, Serials{}, Refuse(NoPaper, "手头没有票据，请先领用", "there is no numbered paper left here: fetch some first").At("no")
	}
	next, given, err := s.GivePaper(1)
	if err != nil {
		return s, Serials{}, err
	}
	return next, given[0], nil
}

// PickPaper takes one sheet out, wherever it is: it is spoilt. Refusals:
// ShiftClosed, PaperTaken when it is not among the unused ones.
func (s Shift) PickPaper(serial string) (Shift, Serials, error) {
	if err := s.IsOpen(); err != nil {
		return s, Serials{}, err
	}
	for i, r := range s.Paper {
		n, ok := r.Number(serial)
		if !ok {
			continue
		}
		one, before, after := r, r, r
		one.From, one.To, before.To, after.From = n, n, n-1, n+1
		paper := slices.Clone(s.Paper[:i])
		for _, part := range []Serials{before, after} {
			if part.From <= part.To {
				paper = append(paper, part)
			}
		}
		s.Paper = append(paper, s.Paper[i+1:]...)
		s.Version++
		return s, one, nil
	}
	return s, Serials{}, Refuse(PaperTaken, "该票据号不在手头未用的票据中", "that number is not among the unused paper here").At("no")
}

// CountPaper ends the shift's paper: next says for each run of numbers which number
// the clerk sees on top, "" as expected, and "-" that nothing is left. What lies
// between is missing. left goes back to the store. Refusal Invalid at paper[i] for
// a number that cannot be on top.
func (s Shift) CountPaper(next []string) (closed Shift, left, missing []Serials, err error) {
	if len(next) > len(s.Paper) {
		return s, nil, nil, Refuse(Invalid, "清点的号段比手头的多", "more runs of numbers were counted than there are").At("paper")
	}
	for i, r := range s.Paper {
		top := ""
		if i < len(next) {
			top = CleanSerial(strings.TrimSpace(next[i]))
			if strings.TrimSpace(next[i]) == "-" {
				missing = append(missing, r)
				continue
			}
		}
		if top == "" {
			left = append(left, r)
			continue
		}
		n, ok := r.Number(top)
		if !ok {
			return s, nil, nil, Refuse(Invalid, "应在 "+r.String()+" 之内；已打印的号须先作废", "it lies within "+r.String()+"; a sheet that was printed on is spoilt first").At(fmt.Sprintf("paper[%d]", i))
		}
		if n > r.From {
			gap := r
			gap.To = n - 1
			missing = append(missing, gap)
		}
		r.From = n
		left = append(left, r)
	}
	if sheets(missing) > missingMax {
		return s, nil, nil, Refuse(TooMany, fmt.Sprintf("短缺超过 %d 张，请核对号码", missingMax), fmt.Sprintf("more than %d sheets would be missing: check the numbers", missingMax)).At("paper[0]")
	}
	s.Paper = nil
	return s, left, missing, nil
}

// missingMax bounds the sheets that one closing may leave missing.
const missingMax = 200
