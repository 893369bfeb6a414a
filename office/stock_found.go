package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// FoundPaper gives a missing sheet that turned up whole back to a holder: an open
// shift, or the store (0). It can be printed on again; that it was missed, when and
// where it was found stays in the journal. Refusals: NotFound, WrongState for a
// sheet that is not missing, ShiftClosed, TooMany.
func (o *Office) FoundPaper(ctx context.Context, v Verb, serial string, to chepiao.ShiftID) (chepiao.PaperSheet, error) {
	serial = chepiao.CleanSerial(serial)
	e, err := o.once(ctx, v, []any{"found paper", serial, to}, func(tx *store.Tx) (*chepiao.Event, error) {
		sheet, known, err := tx.PaperSheet(serial)
		if err == nil && !known {
			err = chepiao.Refuse(chepiao.NotFound, "没有短缺的这张票据", "no such sheet is missing").At("found")
		}
		if err != nil {
			return nil, err
		}
		run, err := sheet.Found()
		if err != nil {
			return nil, err
		}
		tx.RemovePaperSheet(sheet)
		e := &chepiao.Event{Kind: chepiao.PaperWasFound, By: v.By, Detail: sheet}
		if to == 0 {
			b, err := tx.PaperBatch(run.Batch)
			if err != nil {
				return nil, err
			}
			b = b.TakeBack([]chepiao.Serials{run})
			if err := tx.PutPaperBatch(b); err != nil {
				return nil, err
			}
			return e, tx.Record("paper "+b.Batch.String(), b.Version, *e)
		}
		s, err := tx.Shift(to)
		if err == nil {
			s, err = s.LoadPaper([]chepiao.Serials{run})
		}
		if err != nil {
			return nil, err
		}
		if err := tx.PutShift(s); err != nil {
			return nil, err
		}
		return e, tx.Record("shift "+s.ID.String(), s.Version, *e)
	})
	if err != nil {
		return chepiao.PaperSheet{}, err
	}
	return detail[chepiao.PaperSheet](e)
}
