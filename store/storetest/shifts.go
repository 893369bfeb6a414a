package storetest

import (
	"strings"
	"sync"
	"sync/atomic"

	"chepiao"
	"chepiao/store"
)

// opened opens a shift at a window in a transaction of its own.
func (b *bench) opened(s *store.Store, staff chepiao.StaffNo, device string) (shift chepiao.Shift) {
	b.Helper()
	b.write(s, func(tx *store.Tx) (err error) {
		if shift, err = chepiao.NewShift(chepiao.ShiftID(tx.NextIDs(1)), staff, device, 3, false, 100_00, tx.Now); err != nil {
			return err
		}
		open, err := tx.OpenShifts(shift.Opens(), device)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return chepiao.Refuse(chepiao.ShiftIsOpen, "已有", "there is one")
		}
		tx.AddShift(shift)
		return tx.Record("shift "+shift.ID.String(), 1, chepiao.Event{Kind: chepiao.ShiftWasOpened})
	})
	return shift
}

// takes counts cash into a shift, as a payment does.
func takes(tx *store.Tx, id chepiao.ShiftID, amount chepiao.Money) error {
	shift, err := tx.Shift(id)
	if err != nil {
		return err
	}
	if shift, err = shift.TakeIn(chepiao.Payment{Channel: chepiao.Cash, Amount: amount}, 1, chepiao.DefaultRules()); err != nil {
		return err
	}
	if err := tx.PutShift(shift); err != nil {
		return err
	}
	return tx.Record("shift "+id.String(), shift.Version, chepiao.Event{Kind: chepiao.DrawerMoved})
}

// keepsShifts opens shifts, of which a person and a window have one at a time,
// changes them and reads them back.
func keepsShifts(b *bench) {
	s := b.open()
	first := b.opened(s, "1001", "window-1")
	b.write(s, func(tx *store.Tx) error { return takes(tx, first.ID, 45_00) })
	for _, c := range [][2]string{{"1001", "window-2"}, {"1002", "window-1"}} {
		err := s.Write(b.Context(), func(tx *store.Tx) error { // behind the back of whoever looks first
			shift, err := chepiao.NewShift(chepiao.ShiftID(tx.NextIDs(1)), chepiao.StaffNo(c[0]), c[1], 3, false, 0, tx.Now)
			tx.AddShift(shift)
			b.check(err)
			return tx.Record("shift", 1, chepiao.Event{Kind: chepiao.ShiftWasOpened})
		})
		if err == nil {
			b.Errorf("%s at %s has a second open shift", c[0], c[1])
		}
	}
	second := b.opened(s, "1002", "window-2")
	b.write(s, func(tx *store.Tx) error {
		shift, err := tx.Shift(first.ID)
		b.check(err)
		if shift.Drawer() != 145_00 || shift.Version != 2 {
			b.Errorf("it reads %+v", shift)
		}
		shift, err = shift.Close(map[chepiao.PaymentChannel]chepiao.Money{chepiao.Cash: 140_00}, "", tx.Now)
		b.check(err)
		b.check(tx.PutShift(shift))
		open, err := tx.OpenShifts("staff 1001", "window-2") // of the batch's own
		b.same("open", open, []chepiao.Shift{second}, err)
		first = shift
		return tx.Record("shift "+shift.ID.String(), shift.Version, chepiao.Event{Kind: chepiao.ShiftWasClosed})
	})
	third := b.opened(s, "1001", "window-1")
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			got, err := r.Shift(first.ID)
			b.same("shift", []chepiao.Shift{got}, []chepiao.Shift{first}, err)
			list, err := r.Shifts(3, "", 0, 10)
			b.same("shifts", list, []chepiao.Shift{third, second, first}, err)
			list, err = r.Shifts(0, chepiao.ClosedShift, third.ID, 10)
			b.same("closed ones", list, []chepiao.Shift{first}, err)
			got, ok, err := r.OpenShift("window-1")
			b.same("at the window", []chepiao.Shift{got}, []chepiao.Shift{third}, err)
			got, staffed, err := r.OpenShiftOfStaff("1002")
			b.same("of a clerk", []chepiao.Shift{got}, []chepiao.Shift{second}, err)
			if _, none, err := r.OpenShift("window-3"); !ok || !staffed || none || err != nil {
				b.Errorf("open shifts: %v %v %v, %v", ok, staffed, none, err)
			}
			_, err = r.Shift(first.ID + 1000)
			if chepiao.Why(err) != chepiao.NotFound {
				b.Errorf("no such shift: %v", err)
			}
			return nil
		})
	}
	s = b.open() // doctor misses the payments that the first shift has counted
	d, err := s.Doctor(b.Context(), nil)
	b.must(err)
	for _, f := range d.Findings {
		if f.Where == "shift "+first.ID.String() && strings.Contains(f.What, "its payments and paybacks") {
			return
		}
	}
	b.Errorf("doctor believes the shift: %v", d.Findings)
}

// keepsPaper takes a delivery in, gives sheets out, and binds a number once.
func keepsPaper(b *bench) {
	s := b.open()
	note := func(tx *store.Tx) error { return tx.Record("paper", 1, chepiao.Event{Kind: chepiao.PaperWasReceived}) }
	var batch chepiao.PaperBatch
	b.write(s, func(tx *store.Tx) (err error) {
		batch, err = chepiao.NewPaperBatch(chepiao.PaperBatchID(tx.NextIDs(1)), 3, "A0001", "A0100", "5001", tx.Now)
		b.check(err)
		b.check(tx.PutPaperBatch(batch))
		return note(tx)
	})
	given, run, err := batch.Give(10)
	b.must(err)
	b.write(s, func(tx *store.Tx) error {
		among, err := tx.PaperAmong(chepiao.Serials{Prefix: "A", Width: 4, From: 100, To: 200})
		b.same("has A0100", among, []chepiao.PaperBatch{batch}, err)
		among, err = tx.PaperAmong(chepiao.Serials{Prefix: "A", Width: 4, From: 101, To: 200})
		b.same("has none of them", among, []chepiao.PaperBatch(nil), err)
		b.check(tx.PutPaperBatch(given))
		return note(tx)
	})
	if err := s.Write(b.Context(), func(tx *store.Tx) error { b.check(tx.PutPaperBatch(given)); return note(tx) }); err == nil {
		b.Error("the same sheets are given out twice")
	}
	sheet := chepiao.PaperSheet{Serial: "A0001", Batch: batch.Batch, State: chepiao.PaperUsed, Ticket: 7, Shift: 9, At: b.clock().UTC(), Version: 1}
	use := func(tx *store.Tx) error { b.check(tx.PutPaperSheet(sheet, 1)); return note(tx) }
	b.write(s, use)
	if err := s.Write(b.Context(), use); err == nil {
		b.Error("a number is used twice")
	}
	spoilt, err := sheet.Become(chepiao.PaperSpoilt, "1001", "jam", b.clock().UTC())
	b.must(err)
	b.write(s, func(tx *store.Tx) error {
		got, ok, err := tx.PaperSheet("A0001")
		if !ok || got != sheet || err != nil {
			b.Errorf("the sheet reads %+v, %v, %v", got, ok, err)
		}
		b.check(tx.PutPaperSheet(spoilt, 1))
		return note(tx)
	})
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			got, err := r.PaperBatch(batch.Batch)
			b.same("delivery", []chepiao.PaperBatch{got}, []chepiao.PaperBatch{given}, err)
			list, err := r.PaperBatches(3, 0, 10)
			b.same("deliveries", list, []chepiao.PaperBatch{given}, err)
			list, err = r.PaperBatches(4, 0, 10)
			b.same("of another station", list, []chepiao.PaperBatch(nil), err)
			sheets, err := r.ShiftSheets(9, "", 10)
			b.same("of the shift", sheets, []chepiao.PaperSheet{spoilt}, err)
			sheets, err = r.PaperSheets(batch.Batch, chepiao.PaperSpoilt, "", 10)
			b.same("spoilt", sheets, []chepiao.PaperSheet{spoilt}, err)
			count, err := r.PaperCount(batch.Batch)
			if err != nil || len(count) != 1 || count[chepiao.PaperSpoilt] != 1 {
				b.Errorf("counted %v, %v", count, err)
			}
			return nil
		})
	}
	if run[0].String() != "A0001–A0010" {
		b.Errorf("given %v", run)
	}
	b.seesLostPaper(b.open())
}

// seesLostPaper: ten sheets left the store and only one of them has a row.
func (b *bench) seesLostPaper(s *store.Store) {
	d, err := s.Doctor(b.Context(), nil)
	b.must(err)
	for _, f := range d.Findings {
		if strings.Contains(f.What, "of 100 sheets 90 are unused and 1 are not") {
			return
		}
	}
	b.Errorf("doctor does not miss nine sheets: %v", d.Findings)
}

// forgetsMore: what few tickets have is gone when it goes: a receipt whose sheet
// was spoilt is none again, in the database as well.
func forgetsMore(b *bench) {
	s := b.open()
	o := b.booked(s, 1)
	change := func(receipt chepiao.Receipt, no string) {
		b.write(s, func(tx *store.Tx) error {
			t, err := tx.Ticket(o.Tickets()[0])
			b.check(err)
			t.Receipt, t.ReceiptNo = receipt, no
			t.Version++
			b.check(tx.PutTicket(t))
			return tx.Record("ticket "+t.ID.String(), t.Version, chepiao.Event{Kind: chepiao.ReceiptMoved, Tickets: []chepiao.Ticket{t}})
		})
	}
	change(chepiao.ReceiptPaper, "A0001")
	change(chepiao.ReceiptNone, "")
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			t, err := r.Ticket(o.Tickets()[0])
			b.check(err)
			if t.TicketMore != (chepiao.TicketMore{}) {
				b.Errorf("it still has %+v", t.TicketMore)
			}
			return nil
		})
	}
}

// closesOnce: two processes sell in a shift while a third closes it. Every payment
// that was answered is in what was counted, and none comes after.
func closesOnce(b *bench) {
	stores := []*store.Store{b.process("one"), b.process("two"), b.process("three")}
	shift := b.opened(stores[0], "1001", "window-1")
	var sold, late atomic.Int64
	var closed chepiao.Shift
	var all sync.WaitGroup
	b.check(stores[1].Write(b.Context(), func(tx *store.Tx) error { return takes(tx, shift.ID, 1_00) }))
	sold.Add(1) // whoever of the others is first
	for n := range 40 {
		all.Go(func() {
			switch err := stores[n%2].Write(b.Context(), func(tx *store.Tx) error { return takes(tx, shift.ID, 1_00) }); chepiao.Why(err) {
			case "":
				b.check(err)
				sold.Add(1)
			case chepiao.ShiftClosed:
				late.Add(1)
			case chepiao.Busy: // too many at once: nothing is stored
			default:
				b.Error(err)
			}
		})
		if n == 20 {
			all.Go(func() {
				b.check(stores[2].Write(b.Context(), func(tx *store.Tx) error {
					s, err := tx.Shift(shift.ID)
					if err != nil {
						return err
					}
					if s, err = s.Close(nil, "", tx.Now); err != nil {
						return err
					}
					closed = s
					if err := tx.PutShift(s); err != nil {
						return err
					}
					return tx.Record("shift "+s.ID.String(), s.Version, chepiao.Event{Kind: chepiao.ShiftWasClosed})
				}))
			})
		}
	}
	all.Wait()
	if got := closed.Drawer() - 100_00; got != chepiao.Money(sold.Load())*1_00 {
		b.Errorf("%d sales were answered, %d came late; counted were %s", sold.Load(), late.Load(), got)
	}
	for _, s := range stores {
		err := s.Write(b.Context(), func(tx *store.Tx) error { return takes(tx, shift.ID, 1_00) })
		if chepiao.Why(err) != chepiao.ShiftClosed {
			b.Errorf("a sale after the end: %v", err)
		}
	}
}
