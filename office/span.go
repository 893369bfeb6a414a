package office

import (
	"time"

	"chepiao"
)

// Span is when a departure's coach leaves a stop, as last committed, delays
// included: twice the same moment for a fixed departure, the first and the last
// time for a flow departure.
func (o *Office) Span(run Run, stop int) (first, last time.Time) {
	return o.spanOf(run, o.opsOf(run.ID), stop)
}

// Arrival is when a departure's coach comes to a stop, as last committed, delays
// included.
func (o *Office) Arrival(run Run, stop int) time.Time {
	return run.Template.ArrivalOf(o.opsOf(run.ID), stop, run.ID.Day(), o.Timetable().Zone)
}

// opsOf is what stations have changed about a departure, as last committed.
func (o *Office) opsOf(id chepiao.DepartureID) *chepiao.Ops {
	if v := o.store.View(id); v != nil {
		return v.Ops
	}
	return nil
}

// spanOf is Span with the changes that a transaction sees.
func (o *Office) spanOf(run Run, ops *chepiao.Ops, stop int) (first, last time.Time) {
	return run.Template.SpanOf(ops, stop, run.ID.Day(), o.Timetable().Zone)
}
