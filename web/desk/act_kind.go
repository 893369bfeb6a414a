package desk

import (
	"slices"

	"chepiao"
)

// actKind is one act as the desk offers it: the letter that begins it, the
// fields its form has, and whether it takes several departures at once.
type actKind struct {
	Kind   chepiao.ActKind
	Letter string
	Fields []string
	Many   bool
	Grave  bool // passengers lose their journey: a red button
}

// actKinds is the one table of the acts, in the order of the buttons.
var actKinds = []actKind{
	{chepiao.ActDelay, "d", []string{"minutes", "fault"}, true, false},
	{chepiao.ActGate, "g", []string{"gate"}, true, false},
	{chepiao.ActReserve, "r", []string{"seats", "reserve"}, false, false},
	{chepiao.ActUnreserve, "f", []string{"seats"}, false, false},
	{chepiao.ActStopSale, "s", nil, true, false},
	{chepiao.ActSell, "u", nil, true, false},
	{chepiao.ActExtra, "e", []string{"extra", "coach"}, false, false},
	{chepiao.ActCoach, "h", []string{"coach"}, false, false},
	{chepiao.ActMerge, "m", []string{"into"}, false, false},
	{chepiao.ActStow, "w", []string{"into"}, true, false},
	{chepiao.ActNoShow, "n", nil, true, true},
	{chepiao.ActCancel, "c", []string{"fault"}, true, true},
	{chepiao.ActRun, "a", nil, true, false},
	{chepiao.ActRecall, "y", nil, false, false},
}

// stationAct is the act that is about a station, not about its departures.
var stationAct = actKind{Kind: chepiao.ActStation, Fields: []string{"level"}, Grave: true}

// onMany are the acts that several departures may get at once.
func onMany() []actKind {
	return slices.DeleteFunc(slices.Clone(actKinds), func(k actKind) bool { return !k.Many })
}

// kindOf finds an act by its name. Refusal NotFound.
func kindOf(name string) (actKind, error) {
	for _, k := range append(slices.Clone(actKinds), stationAct) {
		if string(k.Kind) == name {
			return k, nil
		}
	}
	return actKind{}, chepiao.Refuse(chepiao.NotFound, "没有这种调度操作", "there is no such act").At("kind")
}

// Has says whether the act's form has a field.
func (k actKind) Has(field string) bool { return slices.Contains(k.Fields, field) }

// fits says whether an act makes sense for a departure as it stands: what is
// left out of the buttons may still be refused or done by the API.
func (k actKind) fits(state chepiao.DepartureState, gone, stopped, reserved bool) bool {
	switch k.Kind {
	case chepiao.ActRun:
		return state == chepiao.Stopped || state == chepiao.Missed
	case chepiao.ActRecall:
		return gone
	case chepiao.ActSell:
		return state == chepiao.Running && !gone && stopped
	case chepiao.ActStopSale:
		return state == chepiao.Running && !gone && !stopped
	case chepiao.ActUnreserve:
		return state == chepiao.Running && !gone && reserved
	}
	return state == chepiao.Running && !gone
}
