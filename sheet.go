package chepiao

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// PaperState is what became of a numbered sheet that left the stock.
type PaperState string

const (
	PaperUsed        PaperState = "used"        // a receipt is printed on it
	PaperSpoilt      PaperState = "spoilt"      // 作废: jammed, misprinted, torn
	PaperMissing     PaperState = "missing"     // 短缺: not found at the end of a shift
	PaperSurrendered PaperState = "surrendered" // 回收: the passenger gave it back
)

// PaperSheet is one numbered sheet that left the stock. A number stands once.
type PaperSheet struct {
	Serial  string       `json:"serial"`
	Batch   PaperBatchID `json:"batch,omitempty"` // 0: it was not in the stock
	State   PaperState   `json:"state"`
	Ticket  TicketID     `json:"ticket,omitempty"`
	Shift   ShiftID      `json:"shift,omitempty"`
	At      time.Time    `json:"at"` // of the last change
	By      StaffNo      `json:"by,omitempty"`
	Why     string       `json:"why,omitempty"`
	Version int64        `json:"version"`
}

// paperMoves is what may become of a sheet.
var paperMoves = map[PaperState][]PaperState{
	PaperUsed:    {PaperSpoilt, PaperSurrendered},
	PaperMissing: {PaperSpoilt}, // it was found, and is of no use; else: Found
}

// Become moves a sheet. Refusal WrongState when it cannot.
func (p PaperSheet) Become(s PaperState, by StaffNo, why string, now time.Time) (PaperSheet, error) {
	if !slices.Contains(paperMoves[p.State], s) {
		zh, en := p.State.Text()
		return p, Refuse(WrongState, "该票据"+zh, "the sheet is "+en).At("no")
	}
	p.State, p.By, p.Why, p.At = s, by, why, now
	p.Version++
	return p, nil
}

// PaperWasFound is the journal's word of a missing sheet that turned up whole.
const PaperWasFound EventKind = "paper_found"

// Found says that a missing sheet turned up whole: it is unused paper again. Refusal
// WrongState for a sheet that is not missing.
func (p PaperSheet) Found() (Serials, error) {
	if p.State != PaperMissing {
		zh, en := p.State.Text()
		return Serials{}, Refuse(WrongState, "该票据"+zh+"，不是短缺的票据", "the sheet is "+en+", not missing").At("found")
	}
	prefix, width, n, err := ParseSerial(p.Serial)
	return Serials{Batch: p.Batch, Prefix: prefix, Width: width, From: n, To: n}, err
}

// Text is the state in words.
func (s PaperState) Text() (zh, en string) {
	w := map[PaperState][2]string{PaperUsed: {"已使用", "used"}, PaperSpoilt: {"已作废", "spoilt"}, PaperMissing: {"短缺", "missing"}, PaperSurrendered: {"已收回", "surrendered"}}[s]
	return w[0], w[1]
}

// spoilWhyMax bounds the reason of a spoilt sheet, in characters.
const spoilWhyMax = 100

// SpoilReason refuses with Invalid a reason that is missing or too long.
func SpoilReason(why string) (string, error) {
	why = strings.TrimSpace(why)
	if n := len([]rune(why)); n == 0 || n > spoilWhyMax {
		return "", Refuse(Invalid, fmt.Sprintf("请填写作废原因，最多 %d 字", spoilWhyMax), fmt.Sprintf("say why, in at most %d characters", spoilWhyMax)).At("why")
	}
	return why, nil
}

// Runs are the numbers of sheets in few words: "A0001–A0040". The sheets are in the
// order of their numbers.
func Runs(list []PaperSheet) (runs []string) {
	var run Serials
	for _, p := range list {
		prefix, width, n, err := ParseSerial(p.Serial)
		if err == nil && len(runs) > 0 && run.Prefix == prefix && run.Width == width && run.To+1 == n {
			run.To = n
			runs[len(runs)-1] = run.String()
			continue
		}
		run = Serials{Prefix: prefix, Width: width, From: n, To: n}
		runs = append(runs, p.Serial)
	}
	return runs
}
