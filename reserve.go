package chepiao

import (
	"slices"
	"time"
)

// Reserve keeps seats back (留座): nobody can buy them on those legs until they come
// back. Refusals: Invalid for a seat that is not there, SeatTaken, SoldOut on a
// flow departure.
func (d *Departure) Reserve(reserves []Reserve) error {
	ops := d.Ops.Clone()
	for _, r := range reserves {
		if d.Seats.Flow() {
			if r.Seat != 0 {
				return Refuse(Invalid, "流水班不分座位，请填写人数", "a flow departure has places, not seats").At("seats")
			}
			if free := d.Seats.Free(r.From, r.To); free < 1 {
				return soldOut(free)
			}
		} else if err := d.Seats.Check(r.From, r.To, []int{r.Seat}); err != nil {
			return err
		}
		d.Seats.Take(r.From, r.To, []int{r.Seat})
		ops.Reserved = append(ops.Reserved, r)
	}
	d.Change(ops)
	return nil
}

// Unreserve gives back the reserved seats that are wanted, and says which.
func (d *Departure) Unreserve(wanted func(Reserve) bool) (back []Reserve) {
	if d.Ops == nil || !slices.ContainsFunc(d.Ops.Reserved, wanted) {
		return nil
	}
	ops := d.Ops.Clone()
	ops.Reserved = nil
	for _, r := range d.Ops.Reserved {
		if !wanted(r) {
			ops.Reserved = append(ops.Reserved, r)
			continue
		}
		d.Seats.Release(r.From, r.To, []int{r.Seat})
		back = append(back, r)
	}
	d.Change(ops)
	return back
}

// Due says that a reserved seat comes back by itself now.
func (r Reserve) Due(now time.Time) bool { return r.Kind == ReserveAuto && !now.Before(r.Until) }

// NoSuchSeat is the reason of seats that are kept back because the reported
// coach does not have them.
const NoSuchSeat = "no_such_seat"

// missing are the seats that a coach of so many does not have, on the legs from
// a stop on that nobody has bought.
func (d *Departure) missing(stop, seats int, by string) (reserves []Reserve) {
	for n := seats + 1; n <= d.Seats.Places(); n++ {
		for from := stop; from < d.Seats.Legs(); from++ {
			to := from
			for to < d.Seats.Legs() && d.Seats.Seat(n)&LegMask(to, to+1) == 0 {
				to++
			}
			if to > from {
				reserves = append(reserves, Reserve{Seat: n, From: from, To: to, Kind: ReserveFixed, Reason: NoSuchSeat, By: by})
			}
			from = to
		}
	}
	return reserves
}
