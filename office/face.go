package office

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"chepiao"
	"chepiao/store"
)

// Faces of passengers who agreed to be recognised at the gate, for one journey each.
// They are in this process's memory and nowhere else: no table, journal, backup or
// log ever has one, a restart forgets all, and what is forgotten is overwritten
// first. The journal has who agreed to which notice, without a face.

// faceKeeper has the templates by departure and ticket.
type faceKeeper struct {
	mu    sync.Mutex
	by    map[chepiao.DepartureID]map[chepiao.TicketID]*faceKept
	count int
}

// faceKept is one passenger's template.
type faceKept struct {
	template []byte
	counts   bool // its passenger agreed that distances are counted
	referred int  // distance of a look that ended with the staff, -1: none
}

// facesMost bounds what is kept: 20,000 templates are 10 MB.
const facesMost = 20_000

// faceLasts is how long after its coach was due a template is kept at most,
// whatever else did not happen.
const faceLasts = 6 * time.Hour

// FaceEnrolment is a passenger's template with the consent to it.
type FaceEnrolment struct {
	Ticket   chepiao.TicketID
	Model    string
	Template []byte
	Consent  chepiao.FaceConsent
}

// faceNoted is what the journal has of an enrolment or its end.
type faceNoted struct {
	Ticket chepiao.TicketID `json:"ticket"`
	chepiao.FaceConsent
}

// EnrolFace keeps a template until its coach leaves. Refusals: NotFound, Invalid
// (switched off, another model, no template, no consent), WrongState.
func (o *Office) EnrolFace(ctx context.Context, now time.Time, v Verb, in FaceEnrolment) error {
	t, err := o.Ticket(ctx, in.Ticket)
	if err != nil {
		return err
	}
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return err
	}
	who, err := o.passenger(ctx, t)
	if err != nil {
		return err
	}
	age, known := who.Document.Age(t.Departure.Day())
	if !known {
		age = -1
	}
	switch err := in.Consent.Check(age); {
	case !o.RulesFor(now, run, t.Board).FaceUse:
		return chepiao.Refuse(chepiao.Invalid, "本站未启用人脸核验", "this station does not compare faces").At("face")
	case in.Model != chepiao.FaceModel || len(in.Template) != chepiao.FaceTemplateBytes:
		return chepiao.Refuse(chepiao.Invalid, "人脸模板无法使用，请重新采集", "this template cannot be used: take the picture again").At("template")
	case err != nil:
		return err
	case !o.keepsFace(now, run, t):
		return chepiao.Refuse(chepiao.WrongState, "该车票不能登记人脸", "no face can be given for this ticket").At("ticket")
	}
	if _, err := o.noteFace(ctx, v, t, chepiao.FaceConsented, faceNoted{t.ID, in.Consent}); err != nil {
		return err
	}
	if !o.faces.keep(t.Departure, t.ID, in.Template, in.Consent.Counts) {
		return chepiao.Refuse(chepiao.Overload, "本站人脸登记已满，请走人工通道", "no more faces can be kept here: please use the staffed lane")
	}
	return nil
}

// WithdrawFace forgets a passenger's face at once. Refusal NotFound.
func (o *Office) WithdrawFace(ctx context.Context, v Verb, id chepiao.TicketID) error {
	t, err := o.Ticket(ctx, id)
	if err != nil {
		return err
	}
	if !o.faces.forget(t.Departure, id) {
		return nil // nothing was kept: as was wished
	}
	_, err = o.noteFace(ctx, v, t, chepiao.FaceWithdrawn, faceNoted{Ticket: id})
	return err
}

func (o *Office) noteFace(ctx context.Context, v Verb, t chepiao.Ticket, kind chepiao.EventKind, noted faceNoted) (*chepiao.Event, error) {
	return o.once(ctx, v, []any{kind, noted}, func(tx *store.Tx) (*chepiao.Event, error) {
		e := &chepiao.Event{Kind: kind, By: v.By, Departure: &t.Departure, Detail: noted}
		if kind == chepiao.FaceConsented {
			tx.CountFace(store.FaceCount{Station: t.From, Day: o.day(tx.Now), Device: v.By, What: chepiao.FaceGiven})
		}
		line := store.FaceConsent{At: tx.Now, Ticket: t.ID, Station: t.From, By: v.By, Kind: kind, FaceConsent: noted.FaceConsent}
		return e, tx.LogFaceConsent(line, *e)
	})
}

// FaceOf is one template of a departure: whose ticket, never whose name.
type FaceOf struct {
	Ticket   chepiao.TicketID
	Template []byte
}

// Faces are the templates of a departure, by ticket, and the rules by which they are
// compared. on is false where the station does not.
func (o *Office) Faces(ctx context.Context, now time.Time, id chepiao.DepartureID, station chepiao.StationNo) (list []FaceOf, rules *chepiao.Rules, on bool, err error) {
	run, err := o.Timetable().Run(id)
	if err != nil {
		return nil, nil, false, err
	}
	board := slices.IndexFunc(run.Template.Stops, func(s chepiao.Stop) bool { return s.Station == station })
	if rules = o.RulesFor(now, run, max(0, board)); !rules.FaceUse {
		return nil, rules, false, nil
	}
	if _, err := o.ForgetFaces(ctx, now); err != nil {
		return nil, rules, true, err
	}
	return o.faces.of(id), rules, true, nil
}

// ForgetFaces forgets every face whose journey is over, or will not be made: the
// coach has left or does not run, the ticket was given back, exchanged or voided.
func (o *Office) ForgetFaces(ctx context.Context, now time.Time) (forgotten int, err error) {
	for id, tickets := range o.faces.all() {
		run, err := o.Timetable().Run(id)
		if err != nil {
			return forgotten, fmt.Errorf("forgetting faces: %w", err)
		}
		for _, ticket := range tickets {
			t, err := o.Ticket(ctx, ticket)
			if err != nil && chepiao.AsRefusal(err) == nil {
				return forgotten, fmt.Errorf("forgetting faces: %w", err)
			}
			if err == nil && t.Departure == id && o.keepsFace(now, run, t) {
				continue
			}
			if o.faces.forget(id, ticket) {
				forgotten++
			}
		}
	}
	return forgotten, nil
}

// keepsFace says that somebody may still pass a gate with this ticket, by face.
func (o *Office) keepsFace(now time.Time, run Run, t chepiao.Ticket) bool {
	departs, _ := o.Span(run, t.Board)
	if !o.RulesFor(now, run, t.Board).FaceUse {
		return false // switched off meanwhile
	}
	if now.After(departs.Add(faceLasts)) || t.State != chepiao.TicketValid && t.State != chepiao.TicketChecked {
		return false
	}
	v := o.seen(run)
	return v == nil || v.State != chepiao.Stopped
}

// forgetFacesAfter forgets at once what an event ended, before anybody asks.
func (o *Office) forgetFacesAfter(e *chepiao.Event) {
	if e == nil {
		return
	}
	for _, t := range e.Tickets {
		if t.State != chepiao.TicketValid && t.State != chepiao.TicketChecked {
			o.faces.forget(t.Departure, t.ID)
		}
	}
}

// FacesKept counts the templates in memory.
func (o *Office) FacesKept() int {
	o.faces.mu.Lock()
	defer o.faces.mu.Unlock()
	return o.faces.count
}

// HasFace says that a passenger gave a face for this ticket, by its number.
func (o *Office) HasFace(ticket string) bool {
	id, err := chepiao.ParseTicketID(ticket)
	if err != nil {
		return false
	}
	o.faces.mu.Lock()
	defer o.faces.mu.Unlock()
	return o.faces.find(id) != nil
}

func (k *faceKeeper) keep(id chepiao.DepartureID, t chepiao.TicketID, template []byte, counts bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.by[id][t]; old != nil {
		copy(old.template, template)
		old.counts, old.referred = counts, -1
		return true
	}
	if k.count >= facesMost {
		return false
	}
	if k.by == nil {
		k.by = map[chepiao.DepartureID]map[chepiao.TicketID]*faceKept{}
	}
	if k.by[id] == nil {
		k.by[id] = map[chepiao.TicketID]*faceKept{}
	}
	k.by[id][t] = &faceKept{slices.Clone(template), counts, -1}
	k.count++
	return true
}

// forget overwrites a template, so that nothing of it is left for whoever reads the
// memory later.
func (k *faceKeeper) forget(id chepiao.DepartureID, t chepiao.TicketID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept := k.by[id][t]
	if kept == nil {
		return false
	}
	clear(kept.template)
	delete(k.by[id], t)
	if len(k.by[id]) == 0 {
		delete(k.by, id)
	}
	k.count--
	return true
}

func (k *faceKeeper) of(id chepiao.DepartureID) []FaceOf {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]FaceOf, 0, len(k.by[id]))
	for t, kept := range k.by[id] {
		list = append(list, FaceOf{t, slices.Clone(kept.template)})
	}
	slices.SortFunc(list, func(a, b FaceOf) int { return int(a.Ticket - b.Ticket) })
	return list
}

func (k *faceKeeper) all() map[chepiao.DepartureID][]chepiao.TicketID {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make(map[chepiao.DepartureID][]chepiao.TicketID, len(k.by))
	for id, tickets := range k.by {
		for t := range tickets {
			all[id] = append(all[id], t)
		}
	}
	return all
}
