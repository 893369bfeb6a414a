package office

import "chepiao"

// recall takes back that a coach has left: who had departed is checked again,
// who had missed it has a valid ticket again.
func (a *acting) recall() error {
	today := chepiao.DayOf(a.tx.Now.In(a.office.Timetable().Zone))
	return a.each(func(on *target) error {
		trip, err := on.d.Recall(on.Template, on.stop, today, on.rules)
		if err != nil {
			return err
		}
		a.touch(on.d)
		riding, err := a.tx.Riding(on.ID)
		if err != nil {
			return err
		}
		for _, t := range riding {
			if t.Board != on.stop || t.State != chepiao.TicketNoShow && (t.State != chepiao.TicketDeparted || t.Trip != trip) {
				continue
			}
			moved, err := t.Move(chepiao.MoveRecall)
			if err != nil {
				return err
			}
			moved.Trip = 0
			if moved, err = a.affect(t, moved, a.journey(on.Run, on.was, t), a.journey(on.Run, on.d.Ops, t)); err != nil {
				return err
			}
		}
		return nil
	})
}
