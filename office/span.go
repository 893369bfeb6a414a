package office

import (
	"time"

	"chepiao"
)

// Span is when a departure's coach leaves a stop, as last committed, delays
// included: twice the same moment for a fixed departure, the first and the last
// time for a flow departure.
func (o *Office) Span(run Run, stop int) (first, last time.Time) {
	var ops *chepiao.Ops
	if v := o.store.View(run.ID); v != nil {
		ops = v.Ops
	}
	return o.spanOf(run, ops, stop)
}

// spanOf is Span with the changes that a transaction sees.
func (o *Office) spanOf(run Run, ops *chepiao.Ops, stop int) (first, last time.Time) {
	return run.Template.SpanOf(ops, stop, run.ID.Day(), o.Timetable().Zone)
}
