package office

import (
	"maps"
	"slices"

	"chepiao"
)

// station gives a station another level from a day on, or closes it. The ledger
// keeps what it was before. Whoever was to board or alight at a station that is
// closed is asked to choose: all the money back, or another departure.
func (a *acting) station() error {
	s, err := a.net.StationByCode(a.act.Station, "station")
	if err != nil {
		return err
	}
	today := chepiao.DayOf(a.tx.Now.In(a.net.Zone))
	from := today
	if a.act.From != "" {
		if from, err = chepiao.ParseDay(a.act.From); err != nil {
			return atField("from", err)
		}
	}
	was, level := a.net.LevelOn(s.No, from)
	switch {
	case len(a.act.Departures) > 0:
		return chepiao.Refuse(chepiao.Invalid, "车站变更不选班次", "a station is changed for all departures").At("departures")
	case from < today:
		return chepiao.Refuse(chepiao.Invalid, "生效日期不能早于今天", "it cannot stand from a day gone by").At("from")
	case a.act.Level < 0 || a.act.Level > 3 || a.act.Closed && a.act.Level != 0:
		return chepiao.Refuse(chepiao.Invalid, "车站级别为 1 到 3，便捷车站和招呼站为 0", "a level is 1 to 3, or 0 for a stop without one").At("level")
	case was == a.act.Closed && level == a.act.Level:
		return chepiao.Refuse(chepiao.Invalid, "车站级别没有变化", "that is what it is already").At("level")
	}
	line := chepiao.StationLevel{ID: a.tx.NextIDs(1), Station: s.No, From: from, Level: a.act.Level, Closed: a.act.Closed, At: a.tx.Now, By: a.by, Reason: a.act.Reason}
	a.tx.AddLevel(line)
	a.next = a.net.withLevel(line)
	a.impact.Undo = &chepiao.Act{Kind: chepiao.ActStation, Station: a.act.Station, Level: level, Closed: was, From: a.act.From, Reason: a.act.Reason}
	if !a.act.Closed {
		return nil
	}
	return a.vacate(s.No, from)
}

// vacate finds everybody who was to board or alight at a station from a day on.
// The seats go to those who wait with the next round of Lapse, which knows that
// the station is closed.
func (a *acting) vacate(s chepiao.StationNo, from chepiao.Day) error {
	code := a.act.Station
	a.act.Station = "" // it concerns whole departures, also those that only alight there
	defer func() { a.act.Station = code }()
	started, err := a.tx.StartedFrom(from)
	if err != nil {
		return err
	}
	for _, id := range started {
		run, err := a.net.Run(id)
		if err != nil || !slices.ContainsFunc(run.Template.Stops, func(at chepiao.Stop) bool { return at.Station == s }) {
			continue
		}
		on, err := a.target(id)
		if err != nil {
			return err
		}
		riding, err := a.tx.Riding(id)
		if err != nil {
			return err
		}
		riding = slices.DeleteFunc(riding, func(t chepiao.Ticket) bool {
			return t.From != s && t.To != s || !t.State.ToBoard() || t.Board < on.d.Left
		})
		if len(riding) == 0 {
			continue
		}
		a.touch(on.d)
		if err := a.strand(on, riding, a.fault("", chepiao.FaultStopped)); err != nil {
			return err
		}
	}
	return nil
}

// LevelOn says whether a station is closed on a day, and its level: that of the
// ledger, else that of the timetable.
func (t *Timetable) LevelOn(no chepiao.StationNo, day chepiao.Day) (closed bool, level int) {
	if line, ok := chepiao.LevelOn(t.Levels[no], day); ok {
		return line.Closed, line.Level
	}
	if s := t.stations[no]; s != nil {
		level = s.Level
	}
	return false, level
}

// Find is where a passenger boards and alights a departure. Refusals: those of
// Template.Find, StationClosed.
func (t *Timetable) Find(run Run, from, to chepiao.StationNo) (board, alight int, err error) {
	if board, alight, err = run.Template.Find(from, to); err != nil {
		return board, alight, err
	}
	return board, alight, t.serves(run.ID.Day(), from, to)
}

// serves refuses with StationClosed a journey from or to a station that is closed
// on the day. A verb asks inside its transaction: sent again, it has its answer.
func (t *Timetable) serves(day chepiao.Day, from, to chepiao.StationNo) error {
	for i, no := range []chepiao.StationNo{from, to} {
		if closed, _ := t.LevelOn(no, day); closed {
			return chepiao.Refuse(chepiao.StationClosed, t.stations[no].Name+"已停止客运业务", "the station is closed").At([]string{"from", "to"}[i])
		}
	}
	return nil
}

// Ledger is what a station was and will be, oldest first. Refusal NotFound.
func (o *Office) Ledger(code string) (s *chepiao.Station, lines []chepiao.StationLevel, err error) {
	t := o.Timetable()
	if s, err = t.StationByCode(code, "station"); err != nil {
		return nil, nil, err
	}
	return s, t.Levels[s.No], nil
}

// withLevel is the timetable with one more line in a station's ledger.
func (t *Timetable) withLevel(l chepiao.StationLevel) *Timetable {
	next, stored := *t, *t.Timetable
	stored.Levels = maps.Clone(stored.Levels)
	stored.Levels[l.Station] = append(slices.Clone(stored.Levels[l.Station]), l)
	next.Timetable = &stored
	return &next
}
