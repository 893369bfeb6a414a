package office

import (
	"context"
	"fmt"

	"chepiao"
	"chepiao/store"
)

// ReceivePaper takes a delivery of numbered paper into the stock of the station
// that acts: from one printed number to another. Refusals: Invalid at from or to,
// PaperTaken when some of the numbers are known already.
func (o *Office) ReceivePaper(ctx context.Context, v Verb, from, to string) (chepiao.PaperBatch, error) {
	e, err := o.once(ctx, v, []any{"receive paper", v.At.Station, from, to}, func(tx *store.Tx) (*chepiao.Event, error) {
		b, err := chepiao.NewPaperBatch(chepiao.PaperBatchID(tx.NextIDs(1)), v.At.Station, from, to, v.Who, tx.Now)
		if err != nil {
			return nil, err
		}
		among, err := tx.PaperAmong(b.Serials)
		if err != nil {
			return nil, err
		}
		if len(among) > 0 {
			return nil, chepiao.Refuse(chepiao.PaperTaken, among[0].String()+" 已入库", among[0].String()+" are in the stock already").At("from")
		}
		used, err := tx.PaperTyped(b.Serials)
		if err != nil {
			return nil, err
		}
		if used != "" {
			return nil, chepiao.Refuse(chepiao.PaperTaken, used+" 已使用", used+" is used already").At("from")
		}
		if err := tx.PutPaperBatch(b); err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.PaperWasReceived, By: v.By, Detail: b}
		return e, tx.Record("paper "+b.Batch.String(), b.Version, *e)
	})
	if err != nil {
		return chepiao.PaperBatch{}, err
	}
	return detail[chepiao.PaperBatch](e)
}

// HandPaperInput says where sheets come from and where they go: from a delivery to
// a shift, from one shift to another, or from a shift back to the store (To 0).
type HandPaperInput struct {
	Batch    chepiao.PaperBatchID
	From, To chepiao.ShiftID
	Sheets   int
}

// Handed are sheets that changed hands.
type Handed struct {
	From   chepiao.ShiftID   `json:"from,omitempty"`
	To     chepiao.ShiftID   `json:"to,omitempty"`
	Sheets []chepiao.Serials `json:"sheets"`
}

// HandPaper hands the next sheets over. Refusals: Invalid, NotFound, NoPaper,
// ShiftClosed, TooMany.
func (o *Office) HandPaper(ctx context.Context, v Verb, in HandPaperInput) (Handed, error) {
	if (in.Batch == 0) == (in.From == 0) || in.Batch != 0 && in.To == 0 || in.From != 0 && in.From == in.To {
		return Handed{}, chepiao.Refuse(chepiao.Invalid, "请选择从哪里领、交给谁", "say where the sheets come from and where they go").At("to")
	}
	e, err := o.once(ctx, v, []any{"hand paper", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		handed := Handed{From: in.From, To: in.To}
		var to chepiao.Shift
		var err error
		if in.To != 0 {
			if to, err = tx.Shift(in.To); err != nil {
				return nil, err
			}
		}
		if in.Batch != 0 {
			to, handed.Sheets, err = givePaper(tx, in.Batch, in.Sheets, to)
		} else {
			var from chepiao.Shift
			if from, handed.Sheets, err = giveFrom(tx, in.From, in.Sheets); err == nil && in.To == 0 {
				to, err = from, takeBack(tx, handed.Sheets)
			} else if err == nil {
				to, err = to.LoadPaper(handed.Sheets)
			}
		}
		if err != nil {
			return nil, err
		}
		if err := tx.PutShift(to); err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.PaperWasHanded, By: v.By, Detail: handed}
		return e, tx.Record("shift "+to.ID.String(), to.Version, *e)
	})
	if err != nil {
		return Handed{}, err
	}
	return detail[Handed](e)
}

// givePaper takes the next sheets of a delivery out of the store, for a shift that
// the caller stores.
func givePaper(tx *store.Tx, id chepiao.PaperBatchID, n int, to chepiao.Shift) (chepiao.Shift, []chepiao.Serials, error) {
	b, err := tx.PaperBatch(id)
	if err != nil {
		return to, nil, err
	}
	b, given, err := b.Give(n)
	if err != nil {
		return to, nil, err
	}
	if to, err = to.LoadPaper(given); err != nil {
		return to, nil, err
	}
	return to, given, tx.PutPaperBatch(b)
}

// giveFrom takes the next sheets away from a shift.
func giveFrom(tx *store.Tx, id chepiao.ShiftID, n int) (chepiao.Shift, []chepiao.Serials, error) {
	s, err := tx.Shift(id)
	if err != nil {
		return s, nil, err
	}
	s, given, err := s.GivePaper(n)
	if err != nil {
		return s, nil, err
	}
	return s, given, tx.PutShift(s)
}

// takeBack puts sheets back into the store, each delivery's in one go.
func takeBack(tx *store.Tx, list []chepiao.Serials) error {
	var order []chepiao.PaperBatchID
	of := map[chepiao.PaperBatchID][]chepiao.Serials{}
	for _, run := range list {
		if of[run.Batch] == nil {
			order = append(order, run.Batch)
		}
		of[run.Batch] = append(of[run.Batch], run)
	}
	for _, id := range order {
		b, err := tx.PaperBatch(id)
		if err != nil {
			return err
		}
		if err := tx.PutPaperBatch(b.TakeBack(of[id])); err != nil {
			return err
		}
	}
	return nil
}

// SpoilPaper says that a numbered sheet cannot be used: it jammed, was misprinted
// or is torn, and never left the counter. A receipt that is printed on it is none
// any more, and may be printed again on another sheet. Only the shift that has the
// sheet or printed it may say so; a missing one that turns up is spoilt by anybody.
// Refusals: Invalid at why or no, PaperTaken, ShiftNeeded, ShiftClosed, WrongState.
func (o *Office) SpoilPaper(ctx context.Context, v Verb, serial, why string) (chepiao.PaperSheet, error) {
	serial = chepiao.CleanSerial(serial)
	why, err := chepiao.SpoilReason(why)
	if err != nil {
		return chepiao.PaperSheet{}, err
	}
	e, err := o.once(ctx, v, []any{"spoil paper", v.Shift, serial, why}, func(tx *store.Tx) (*chepiao.Event, error) {
		sheet, known, err := tx.PaperSheet(serial)
		switch {
		case err != nil:
			return nil, err
		case !known:
			return o.spoilUnused(tx, v, serial, why)
		case sheet.State == chepiao.PaperUsed && sheet.Shift != v.Shift:
			return nil, chepiao.Refuse(chepiao.PaperTaken, "只有打印它的当班班次可以作废；请按收回办理", "only the shift that printed it can spoil it: take it back instead").At("no")
		}
		wasUsed := sheet.State == chepiao.PaperUsed
		if sheet, err = sheet.Become(chepiao.PaperSpoilt, v.Who, why, tx.Now); err != nil {
			return nil, err
		}
		_, _, no, err := chepiao.ParseSerial(serial)
		if err == nil {
			err = tx.PutPaperSheet(sheet, no)
		}
		if err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.PaperWasSpoilt, By: v.By, Reason: why, Detail: sheet}
		if !wasUsed {
			return e, tx.Record("paper "+serial, sheet.Version, *e)
		}
		return o.spoilReceipt(tx, v, sheet, e)
	})
	if err != nil {
		return chepiao.PaperSheet{}, err
	}
	return detail[chepiao.PaperSheet](e)
}

// spoilReceipt ends the receipt that was printed on a sheet.
func (o *Office) spoilReceipt(tx *store.Tx, v Verb, sheet chepiao.PaperSheet, e *chepiao.Event) (*chepiao.Event, error) {
	if v.Shift != 0 {
		s, err := tx.Shift(v.Shift)
		if err == nil {
			err = s.IsOpen()
		}
		if err != nil {
			return nil, err
		}
	}
	t, err := tx.Ticket(sheet.Ticket)
	if err != nil {
		return nil, err
	}
	if t, err = t.MoveReceipt(chepiao.ReceiptSpoil, chepiao.ReceiptCase{Now: tx.Now, At: v.At, No: sheet.Serial}, o.rulesOf(t)); err != nil {
		return nil, err
	}
	return o.recordTicket(tx, t, e)
}

// spoilUnused spoils a sheet that nothing is printed on.
func (o *Office) spoilUnused(tx *store.Tx, v Verb, serial, why string) (*chepiao.Event, error) {
	s, err := shiftOf(tx, v)
	if err != nil {
		return nil, err
	}
	s, run, err := s.PickPaper(serial)
	if err != nil {
		return nil, err
	}
	sheet := chepiao.PaperSheet{Serial: serial, Batch: run.Batch, State: chepiao.PaperSpoilt, Shift: s.ID, At: tx.Now, By: v.Who, Why: why, Version: 1}
	if err := tx.PutPaperSheet(sheet, run.From); err != nil {
		return nil, err
	}
	if err := tx.PutShift(s); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: chepiao.PaperWasSpoilt, By: v.By, Reason: why, Detail: sheet}
	return e, tx.Record("paper "+serial, 1, *e)
}

// PaperStock is a delivery with what became of it.
type PaperStock struct {
	chepiao.PaperBatch
	InStore int // sheets
	Count   map[chepiao.PaperState]int
	Out     int                  // with shifts, not used yet
	Missing []chepiao.PaperSheet // the first ones
}

// Gaps are the missing numbers in few words.
func (p PaperStock) Gaps() []string { return chepiao.Runs(p.Missing) }

// N is how many of its sheets are in a state.
func (p PaperStock) N(state chepiao.PaperState) int { return p.Count[state] }

// missingShown bounds the missing sheets that a page lists of a delivery.
const missingShown = 100

// Stock lists the deliveries of a station (0: of all) before a number, newest
// first, at most limit.
func (o *Office) Stock(ctx context.Context, station chepiao.StationNo, before chepiao.PaperBatchID, limit int) (list []PaperStock, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		batches, err := r.PaperBatches(station, before, limit)
		if err != nil {
			return err
		}
		for _, b := range batches {
			p := PaperStock{PaperBatch: b}
			for _, run := range b.Left {
				p.InStore += run.Count()
			}
			if p.Count, err = r.PaperCount(b.Batch); err != nil {
				return err
			}
			p.Out = b.Serials.Count() - p.InStore
			for _, n := range p.Count {
				p.Out -= n
			}
			if p.Count[chepiao.PaperMissing] > 0 {
				if p.Missing, err = r.PaperSheets(b.Batch, chepiao.PaperMissing, "", missingShown); err != nil {
					return err
				}
			}
			list = append(list, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the paper stock: %w", err)
	}
	return list, nil
}
