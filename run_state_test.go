package chepiao

import "testing"

func TestHear(t *testing.T) {
	first := func(stop int) bool { return stop == 0 }
	hub := &Departure{State: Running, Left: 0, Ops: &Ops{Gates: []GateAt{{Stop: 1, Gate: "B"}}, Reports: []Report{{Stop: 1, Plate: "old"}}, Shifts: []int{0, 60}, Reserved: []Reserve{{Seat: 4}}}}
	station := RunState{State: Stopped, Left: 1, Ops: &Ops{
		Gates: []GateAt{{Stop: 0, Gate: "A"}, {Stop: 1, Gate: "wrong"}}, Reports: []Report{{Stop: 0, Plate: "new"}}, Shifts: []int{600, 600}, Reserved: []Reserve{{Seat: 9}},
	}}
	hub.Hear(station, first, false)
	if hub.State != Running {
		t.Errorf("a station stopped the departure: %s", hub.State)
	}
	if hub.Left != 1 || hub.Ops.Shift(0).Minutes() != 10 || hub.Ops.Shift(1).Minutes() != 10 {
		t.Errorf("left %d stops, late %v", hub.Left, hub.Ops.Shifts)
	}
	if g, _ := hub.Ops.Gate(0, ""); g != "A" {
		t.Errorf("gate %q at the station's own stop", g)
	}
	if g, _ := hub.Ops.Gate(1, ""); g != "B" {
		t.Errorf("gate %q at a stop that the station does not speak for", g)
	}
	if len(hub.Ops.Reports) != 2 || hub.Ops.Reports[0].Plate != "new" || hub.Ops.Reports[1].Plate != "old" {
		t.Errorf("reports %v", hub.Ops.Reports)
	}
	if len(hub.Ops.Reserved) != 1 || hub.Ops.Reserved[0].Seat != 4 {
		t.Errorf("seats kept back: %v", hub.Ops.Reserved)
	}
	hub.Hear(RunState{State: Stopped}, func(int) bool { return false }, true)
	if hub.State != Stopped || hub.Left != 1 || len(hub.Ops.Reports) != 2 {
		t.Errorf("after the hub's word: %s, left %d, %d reports", hub.State, hub.Left, len(hub.Ops.Reports))
	}
}
