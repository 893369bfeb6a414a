package chepiao_test

import (
	"reflect"
	"testing"

	"chepiao"
)

func batch(t *testing.T, from, to string) chepiao.PaperBatch {
	t.Helper()
	b, err := chepiao.NewPaperBatch(7, 3, from, to, "5001", shiftBegan)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestParseSerial: letters, digits at the end, nothing else.
func TestParseSerial(t *testing.T) {
	for serial, want := range map[string]struct {
		prefix string
		width  int
		n      int64
	}{
		"A0000001":   {"A", 7, 1},
		" a-000 12 ": {"A", 5, 12},
		"SJZ26X0099": {"SJZ26X", 4, 99},
		"42":         {"", 2, 42},
	} {
		prefix, width, n, err := chepiao.ParseSerial(serial)
		if err != nil || prefix != want.prefix || width != want.width || n != want.n {
			t.Errorf("%q is %q %d %d, %v", serial, prefix, width, n, err)
		}
	}
	for _, bad := range []string{"", "A", "1A", "票0001", "A_001", "A1234567890123", "ABCDEFGHIJKLMNOPQ0001"} {
		_, _, _, err := chepiao.ParseSerial(bad)
		refusedAs(t, bad, err, chepiao.Invalid)
	}
}

// TestPaperBatch: a delivery has one row of numbers.
func TestPaperBatch(t *testing.T) {
	b := batch(t, "A0098", "A0103")
	if b.Count() != 6 || b.String() != "A0098–A0103" || b.Serial(100) != "A0100" || !reflect.DeepEqual(b.Left, []chepiao.Serials{b.Serials}) {
		t.Errorf("%+v", b)
	}
	for _, bad := range [][2]string{{"A0002", "A0001"}, {"A0001", "B0002"}, {"A001", "A0002"}, {"A0000001", "A1000001"}, {"", "A1"}, {"A1", ""}} {
		_, err := chepiao.NewPaperBatch(1, 0, bad[0], bad[1], "", shiftBegan)
		refusedAs(t, bad[0]+" to "+bad[1], err, chepiao.Invalid)
	}
}

// TestPaperWay: out of the store to a clerk, printed on, spoilt in the middle,
// some to another clerk, the rest counted and back: every sheet is in one place.
func TestPaperWay(t *testing.T) {
	b := batch(t, "A0001", "A0020")
	b, given, err := b.Give(10)
	noFault(t, err)
	s, err := newShift(t, 0).LoadPaper(given)
	noFault(t, err)
	s, sheet, err := s.NextPaper()
	noFault(t, err)
	if sheet.First() != "A0001" || s.Sheets() != 9 {
		t.Errorf("first sheet %s, %d left", sheet, s.Sheets())
	}
	s, sheet, err = s.PickPaper("a0004")
	noFault(t, err)
	if sheet.String() != "A0004" || s.Sheets() != 8 || len(s.Paper) != 2 {
		t.Errorf("spoilt %s, left %v", sheet, s.Paper)
	}
	for _, serial := range []string{"A0001", "A0004", "A0011", "B0005", "A00005"} {
		_, _, err := s.PickPaper(serial)
		refusedAs(t, "spoilt "+serial, err, chepiao.PaperTaken)
	}
	s, handed, err := s.GivePaper(3) // A0002, A0003, A0005
	noFault(t, err)
	if len(handed) != 2 || handed[0].String() != "A0002–A0003" || handed[1].String() != "A0005" || s.Paper[0].String() != "A0006–A0010" {
		t.Errorf("handed %v, left %v", handed, s.Paper)
	}
	_, _, err = s.GivePaper(6)
	refusedAs(t, "more than there is", err, chepiao.NoPaper)
	_, _, _, err = s.CountPaper([]string{"A0005"})
	refusedAs(t, "a number that is not there", err, chepiao.Invalid)
	_, _, _, err = s.CountPaper([]string{"", ""})
	refusedAs(t, "a run too many", err, chepiao.Invalid)
	s, left, missing, err := s.CountPaper([]string{"A0008"})
	noFault(t, err)
	if s.Paper != nil || left[0].String() != "A0008–A0010" || missing[0].String() != "A0006–A0007" {
		t.Errorf("left %v, missing %v", left, missing)
	}
	b = b.TakeBack(left)
	if len(b.Left) != 1 || b.Left[0].String() != "A0008–A0020" {
		t.Errorf("in the store: %v", b.Left)
	}
	_, _, err = s.NextPaper()
	refusedAs(t, "nothing left", err, chepiao.NoPaper)
}

// TestPaperCounted: as expected without a word, and "-" for nothing at all.
func TestPaperCounted(t *testing.T) {
	s, err := newShift(t, 0).LoadPaper([]chepiao.Serials{{Batch: 1, Prefix: "A", Width: 3, From: 1, To: 5}, {Batch: 2, Prefix: "B", Width: 3, From: 1, To: 5}})
	noFault(t, err)
	for _, c := range []struct {
		next          []string
		left, missing int
	}{{nil, 10, 0}, {[]string{"", " - "}, 5, 5}, {[]string{"A005", "B-001"}, 6, 4}, {[]string{"-", "-"}, 0, 10}} {
		_, left, missing, err := s.CountPaper(c.next)
		if err != nil || count(left) != c.left || count(missing) != c.missing {
			t.Errorf("%q: left %v, missing %v, %v", c.next, left, missing, err)
		}
	}
}

func count(list []chepiao.Serials) (n int) {
	for _, s := range list {
		n += s.Count()
	}
	return n
}

// TestPaperMoves: the whole square of what becomes of a sheet.
func TestPaperMoves(t *testing.T) {
	states := []chepiao.PaperState{chepiao.PaperUsed, chepiao.PaperSpoilt, chepiao.PaperMissing, chepiao.PaperSurrendered}
	may := map[string]bool{"used spoilt": true, "used surrendered": true, "missing spoilt": true}
	for _, from := range states {
		for _, to := range states {
			p := chepiao.PaperSheet{Serial: "A1", State: from, Version: 3}
			next, err := p.Become(to, "1001", "jammed", shiftBegan)
			if want := may[string(from)+" "+string(to)]; want != (err == nil) || want && (next.State != to || next.Version != 4 || next.Why != "jammed") {
				t.Errorf("%s to %s: %+v, %v", from, to, next, err)
			} else if !want {
				refusedAs(t, string(from)+" to "+string(to), err, chepiao.WrongState)
			}
		}
	}
	if _, err := chepiao.SpoilReason("  "); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("spoilt without a reason: %v", err)
	}
}

func noFault(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRuns: numbers in a row as one, others by themselves.
func TestRuns(t *testing.T) {
	var list []chepiao.PaperSheet
	for _, serial := range []string{"A0001", "A0002", "A0003", "A0005", "A009", "A010", "B0001", "X"} {
		list = append(list, chepiao.PaperSheet{Serial: serial})
	}
	if got, want := chepiao.Runs(list), []string{"A0001–A0003", "A0005", "A009–A010", "B0001", "X"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if chepiao.Runs(nil) != nil {
		t.Error("of nothing")
	}
}
