package office

import (
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// FaceProposed is who a gate believes stands before it without a claim: the ticket and
// its passenger, as Check shows them. The passenger confirms name or seat, and only
// then is the ticket checked. Refusals: NotFound, Invalid at face where the station does not do this, WrongState for a ticket of another departure
// or whose passenger gave no face.
func (o *Office) FaceProposed(ctx context.Context, now time.Time, id chepiao.TicketID, departure chepiao.DepartureID) (c Checked, err error) {
	t, err := o.Ticket(ctx, id)
	if err != nil {
		return c, err
	}
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return c, err
	}
	switch r := o.RulesFor(now, run, t.Board); {
	case !r.FaceUse || !r.FaceWalkUp:
		return c, chepiao.Refuse(chepiao.Invalid, "本站未启用免出示刷脸", "this station identifies nobody by face alone").At("face")
	case t.Departure != departure || !o.HasFace(id.String()):
		return c, chepiao.Refuse(chepiao.WrongState, "请到人工通道出示证件", "please show your document to the staff").At("ticket")
	}
	c = Checked{Ticket: t, Run: run, Found: true}
	c.Departs, _ = o.Span(run, t.Board)
	c.Passenger, err = o.passenger(ctx, t)
	return c, err
}

// FaceUnknown counts that a gate without a claim recognised nobody. Nothing is known of
// whom, so nothing else is written down.
func (o *Office) FaceUnknown(ctx context.Context, now time.Time, station chepiao.StationNo, device string) error {
	return o.store.Write(ctx, func(tx *store.Tx) error {
		tx.CountFace(store.FaceCount{Station: station, Day: o.day(now), Device: device, What: chepiao.FaceReferred})
		return nil
	})
}
