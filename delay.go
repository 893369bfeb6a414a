package chepiao

import "time"

// Delayed are the changes of a departure once its coach leaves a stop by so
// much later than planned (晚点), or earlier when by is negative (改点); passes
// says that the later stops move with it (rule delay_passes). Refusal Invalid
// when the coach would leave a stop before it has left the one ahead.
func (t *Template) Delayed(o *Ops, stop int, by time.Duration, passes bool) (Ops, error) {
	ops := o.Clone()
	shifts := make([]int, len(t.Stops))
	copy(shifts, ops.Shifts)
	for i := stop; i < len(shifts) && (i == stop || passes); i++ {
		shifts[i] = int(by / time.Second)
	}
	ops.Shifts = nil
	for _, s := range shifts {
		if s != 0 {
			ops.Shifts = shifts
		}
	}
	if stop > 0 && by < ops.Shift(stop-1) {
		ahead := time.Duration(t.Stops[stop].Depart-t.Stops[stop-1].Depart) * time.Second
		if ahead+by-ops.Shift(stop-1) < 0 {
			return ops, Refuse(Invalid, "不能早于上一站的发车时间", "the coach cannot leave before it has left the stop ahead").At("minutes")
		}
	}
	return ops, nil
}
