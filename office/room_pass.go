package office

import (
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// roomPass lets one verb that gives out seats through the waiting room. Nil: it
// needs none.
type roomPass struct {
	office  *Office
	room    *room
	place   chepiao.RoomPlace
	seen    int // uses of the place before the verb queued
	rules   *chepiao.Rules
	refused error // the verb may only hear what it was answered before
}

// pass asks before a verb queues whether it has its turn, so that those who wait
// cost the writer nothing. Windows need none. A verb that was answered before is
// let through whatever became of its place: it gets its answer again. Every pass
// must be left. Refusals: WaitForTurn, and Busy for a place that is being used at
// this moment.
func (o *Office) pass(ctx context.Context, now time.Time, v Verb, c chepiao.Channel, day chepiao.Day, rules *chepiao.Rules) (*roomPass, error) {
	if !rules.Room || !c.InRoom() {
		return nil, nil
	}
	id, phase := rules.RoomAt(day, now, o.Timetable().Zone)
	if phase != chepiao.Calling {
		return nil, nil // before the opening nothing is sold anyway
	}
	p := &roomPass{office: o, rules: rules}
	no, err := p.ask(ctx, now, v, id)
	if err != nil || no == nil {
		return p, err
	}
	var known bool
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		known, err = r.AnsweredBefore(v.ID)
		return err
	})
	if err == nil && !known {
		err = no
	}
	if err != nil {
		return nil, err
	}
	return &roomPass{refused: no}, nil
}

// ask is the refusal of somebody who has no turn, nil for who has.
func (p *roomPass) ask(ctx context.Context, now time.Time, v Verb, id chepiao.RoomID) (no, err error) {
	rs := p.office.rooms
	place, ok := rs.read(v.Place)
	rs.mu.Lock()
	r := rs.room(id, p.office.Timetable().Zone)
	walked := v.Place == "" && p.office.walkIn(r, now, p.rules)
	waiting := r.line.Waiting()
	if ok && place.Room == id {
		no = place.MayHold(r.line, 0, now, p.rules)
	}
	rs.mu.Unlock()
	switch {
	case walked:
		return nil, nil
	case v.Place == "":
		return chepiao.TakeAPlace(waiting, p.rules), nil
	case !ok || place.Room != id:
		return chepiao.NotAPlace(p.rules), nil
	case no != nil:
		return no, nil
	}
	if p.seen, err = p.office.roomUses(ctx, place); err != nil {
		return nil, err
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if no = place.MayHold(r.line, p.seen, now, p.rules); no != nil {
		return no, nil
	}
	if r.busy[place] {
		return nil, chepiao.Refuse(chepiao.Busy, "这个排队号正在使用，请稍候", "this place is being used at this moment: please wait")
	}
	r.busy[place] = true
	p.room, p.place = r, place
	return nil, nil
}

// use writes in the verb's transaction that its place has been used. Refusal
// WaitForTurn when it may not be after all.
func (p *roomPass) use(tx *store.Tx) error {
	switch {
	case p == nil:
		return nil
	case p.refused != nil:
		return p.refused
	case p.room == nil: // walked in
		return nil
	}
	used, err := tx.RoomUses(p.place, p.seen)
	if err != nil {
		return err
	}
	rs := p.office.rooms
	rs.mu.Lock()
	err = p.place.MayHold(p.room.line, used, tx.Now, p.rules)
	rs.mu.Unlock()
	if err != nil {
		return err
	}
	tx.UseRoom(p.place, used)
	return nil
}

// leave ends the use of a place.
func (p *roomPass) leave() {
	if p == nil || p.room == nil {
		return
	}
	rs := p.office.rooms
	rs.mu.Lock()
	delete(p.room.busy, p.place)
	rs.mu.Unlock()
}
