package office

import (
	"context"
	"time"

	"chepiao"
)

// FaceOffer is what a passenger's own page may say of boarding by face.
type FaceOffer struct {
	Uses  bool // the station where this ticket boards compares faces, and the journey is not over
	Here  bool // it does so in this node's memory: a face may be given here
	Given bool // one was given for this ticket
}

// FaceOffer says whether a face may be given for a ticket, and where. Templates travel
// inside a station only: where the station has a node of its own, they are given there.
func (o *Office) FaceOffer(ctx context.Context, now time.Time, t chepiao.Ticket) (f FaceOffer, err error) {
	if t.State != chepiao.TicketValid {
		return f, nil
	}
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return f, err
	}
	node, own := o.Stations()[t.From]
	f.Uses = o.RulesFor(now, run, t.Board).FaceUse && o.keepsFace(now, run, t)
	f.Here = f.Uses && (!own || node == o.No())
	f.Given = f.Here && o.HasFace(t.ID.String())
	return f, nil
}
