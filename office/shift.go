package office

import (
	"context"
	"fmt"

	"chepiao"
	"chepiao/store"
)

// OpenShiftInput is what a shift begins with.
type OpenShiftInput struct {
	Float  chepiao.Money        // change in the drawer
	Batch  chepiao.PaperBatchID // numbered paper is taken from this delivery; 0: none yet
	Sheets int                  // how many sheets of it
	Kiosk  bool                 // the device sells by itself; who opens it looks after it
}

// OpenShift begins a shift of whoever acts (v.Who) at the device (v.By). A person
// and a device have one open shift at a time. Refusals: Unauthorized when nobody
// is signed in, ShiftIsOpen, Invalid at float or sheets, NotFound, NoPaper.
func (o *Office) OpenShift(ctx context.Context, v Verb, in OpenShiftInput) (chepiao.Shift, error) {
	if v.Who == "" {
		return chepiao.Shift{}, nobodySignedIn
	}
	return o.shiftVerb(ctx, v, []any{"open shift", v.Who, v.By, in}, func(tx *store.Tx) (*chepiao.Event, error) {
		device := post(v.Who, v.By)
		s, err := chepiao.NewShift(chepiao.ShiftID(tx.NextIDs(1)), v.Who, device, v.At.Station, in.Kiosk, in.Float, tx.Now)
		if err != nil {
			return nil, err
		}
		open, err := tx.OpenShifts(s.Opens(), device)
		if err != nil {
			return nil, err
		}
		for _, other := range open {
			if other.Device == device {
				return nil, chepiao.Refuse(chepiao.ShiftIsOpen, fmt.Sprintf("本窗口已有工号 %s 的当班班次", other.Staff), fmt.Sprintf("the shift of %s is open here", other.Staff)).At("shift")
			}
			return nil, chepiao.Refuse(chepiao.ShiftIsOpen, "您在 "+other.Device+" 已有当班班次，请先交班", "your shift at "+other.Device+" is open: close it first").At("shift")
		}
		if in.Batch != 0 {
			if s, _, err = givePaper(tx, in.Batch, in.Sheets, s); err != nil {
				return nil, err
			}
			s.Version = 1
		}
		tx.AddShift(s)
		return recordShift(tx, chepiao.ShiftWasOpened, v.By, s)
	})
}

// post is where a shift's drawer is: the device, or the person where there is none
// (who acts is then called "staff", as anybody without a device is).
func post(staff chepiao.StaffNo, device string) string {
	if device == "staff" {
		return "staff " + string(staff)
	}
	return device
}

var nobodySignedIn = chepiao.Refuse(chepiao.Unauthorized, "请先用工号登录", "sign in with your staff number first")

// OpenShiftOf is the open shift of a person at a device; ok is false when there is
// none. A kiosk's is that of whoever acts there.
func (o *Office) OpenShiftOf(ctx context.Context, staff chepiao.StaffNo, device string) (s chepiao.Shift, ok bool, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		s, ok, err = r.OpenShift(post(staff, device))
		return err
	})
	if err != nil {
		return chepiao.Shift{}, false, fmt.Errorf("finding the open shift: %w", err)
	}
	if !ok || !s.Kiosk && s.Staff != staff {
		return chepiao.Shift{}, false, nil
	}
	return s, true, nil
}

// ShiftAt is the open shift of a device, and that of a person wherever it is: for
// a page that says why there cannot be another one. Each is zero when there is
// none.
func (o *Office) ShiftAt(ctx context.Context, staff chepiao.StaffNo, device string) (here, mine chepiao.Shift, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		if here, _, err = r.OpenShift(post(staff, device)); err != nil || staff == "" {
			return err
		}
		mine, _, err = r.OpenShiftOfStaff(staff)
		return err
	})
	return here, mine, err
}

// HandInInput is cash carried between the drawer and the cashier.
type HandInInput struct {
	Amount chepiao.Money
	Fetch  bool            // change is fetched instead
	With   chepiao.StaffNo // who takes or gives it
}

// HandIn carries cash out of the drawer of the shift that acts, or fetches change.
// Refusals: ShiftNeeded, ShiftClosed, Invalid and DrawerShort at amount, TooMany.
func (o *Office) HandIn(ctx context.Context, v Verb, in HandInInput) (chepiao.Shift, error) {
	return o.shiftVerb(ctx, v, []any{"hand in", v.Shift, in}, func(tx *store.Tx) (*chepiao.Event, error) {
		s, err := shiftOf(tx, v)
		if err != nil {
			return nil, err
		}
		if s, err = s.Carry(chepiao.DrawerMove{At: tx.Now, Amount: in.Amount, Fetched: in.Fetch, With: in.With}); err != nil {
			return nil, err
		}
		return putShift(tx, chepiao.DrawerMoved, v.By, s)
	})
}

// CloseShiftInput is what was found at the end of a shift.
type CloseShiftInput struct {
	Shift   chepiao.ShiftID
	Counted map[chepiao.PaymentChannel]chepiao.Money // a channel that is missing is as expected
	Note    string
	Paper   []string // for each run of numbers the next one, "" as expected, "-" nothing left
}

// CloseShift ends a shift: what was counted is held against what is expected,
// and the paper goes back to the store; what is missing of it is listed. Until
// somebody signs, the money may be counted again. Refusals: NotFound, WrongState,
// Invalid at counted, paper or note.
func (o *Office) CloseShift(ctx context.Context, v Verb, in CloseShiftInput) (chepiao.Shift, error) {
	return o.shiftVerb(ctx, v, []any{"close shift", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		s, err := tx.Shift(in.Shift)
		if err != nil {
			return nil, err
		}
		next, err := s.Close(in.Counted, in.Note, tx.Now)
		if err != nil {
			return nil, err
		}
		next, left, missing, err := next.CountPaper(in.Paper)
		if err != nil {
			return nil, err
		}
		if err := takeBack(tx, left); err != nil {
			return nil, err
		}
		for _, run := range missing {
			for n := run.From; n <= run.To; n++ {
				sheet := chepiao.PaperSheet{Serial: run.Serial(n), Batch: run.Batch, State: chepiao.PaperMissing, Shift: s.ID, At: tx.Now, By: v.Who, Version: 1}
				if err := tx.PutPaperSheet(sheet, n); err != nil {
					return nil, err
				}
			}
		}
		return putShift(tx, chepiao.ShiftWasClosed, v.By, next)
	})
}

// SignShift puts the name of whoever acts under a shift that was counted. Refusals:
// Unauthorized, NotFound, WrongState, SecondHand, Invalid at note.
func (o *Office) SignShift(ctx context.Context, v Verb, id chepiao.ShiftID, note string) (chepiao.Shift, error) {
	if v.Who == "" {
		return chepiao.Shift{}, nobodySignedIn
	}
	return o.shiftVerb(ctx, v, []any{"sign shift", v.Who, id, note}, func(tx *store.Tx) (*chepiao.Event, error) {
		s, err := tx.Shift(id)
		if err != nil {
			return nil, err
		}
		if s, err = s.Sign(v.Who, note, tx.Now); err != nil {
			return nil, err
		}
		return putShift(tx, chepiao.ShiftWasSigned, v.By, s)
	})
}

// shiftVerb runs a verb whose answer is a shift.
func (o *Office) shiftVerb(ctx context.Context, v Verb, inputs []any, do func(*store.Tx) (*chepiao.Event, error)) (chepiao.Shift, error) {
	e, err := o.once(ctx, v, inputs, do)
	if err != nil {
		return chepiao.Shift{}, err
	}
	return detail[chepiao.Shift](e)
}

// shiftOf is the shift that acts. Refusal ShiftNeeded when there is none.
func shiftOf(tx *store.Tx, v Verb) (chepiao.Shift, error) {
	if v.Shift == 0 {
		return chepiao.Shift{}, chepiao.Refuse(chepiao.ShiftNeeded, "请先开班", "open a shift first").At("shift")
	}
	return tx.Shift(v.Shift)
}

func putShift(tx *store.Tx, kind chepiao.EventKind, by string, s chepiao.Shift) (*chepiao.Event, error) {
	if err := tx.PutShift(s); err != nil {
		return nil, err
	}
	return recordShift(tx, kind, by, s)
}

func recordShift(tx *store.Tx, kind chepiao.EventKind, by string, s chepiao.Shift) (*chepiao.Event, error) {
	e := &chepiao.Event{Kind: kind, By: by, Detail: s}
	return e, tx.Record("shift "+s.ID.String(), s.Version, *e)
}
