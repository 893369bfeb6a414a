package chepiao_test

import (
	"slices"
	"strings"
	"testing"

	"chepiao"
)

// ticketLife is a ticket's life as the requirements (6.2) tell it, one line a
// state: "move→state". What is not written here must be refused.
var ticketLife = map[chepiao.TicketState]string{
	chepiao.TicketHeld:      "issue→valid lapse→lapsed release→released",
	chepiao.TicketLapsed:    "revive→valid",
	chepiao.TicketReleased:  "revive→valid",
	chepiao.TicketValid:     "check→checked miss→no_show refund→refunded void→voided rebook→rebooked cancel→cancelled suspend→suspended",
	chepiao.TicketChecked:   "uncheck→valid dispatch→departed cancel→cancelled",
	chepiao.TicketDeparted:  "arrive→used recall→checked",
	chepiao.TicketUsed:      "",
	chepiao.TicketNoShow:    "refund→refunded rebook→rebooked recall→valid",
	chepiao.TicketRefunded:  "",
	chepiao.TicketVoided:    "",
	chepiao.TicketRebooked:  "",
	chepiao.TicketCancelled: "refund→refunded rebook→rebooked restore→valid",
	chepiao.TicketSuspended: "resume→valid refund→refunded",
}

var ticketVerbs = []chepiao.TicketMove{
	chepiao.MoveIssue, chepiao.MoveLapse, chepiao.MoveRelease, chepiao.MoveRevive, chepiao.MoveCheck, chepiao.MoveUncheck,
	chepiao.MoveDispatch, chepiao.MoveMiss, chepiao.MoveArrive, chepiao.MoveRefund, chepiao.MoveVoid, chepiao.MoveRebook,
	chepiao.MoveCancel, chepiao.MoveSuspend, chepiao.MoveResume, chepiao.MoveRecall, chepiao.MoveRestore, "fly",
}

// TestTicketMoves walks the whole square of states and moves.
func TestTicketMoves(t *testing.T) {
	for state, life := range ticketLife {
		for _, verb := range ticketVerbs {
			before := chepiao.Ticket{ID: 7, State: state, Seat: 3, Price: 4500, Version: 5}
			after, err := before.Move(verb)
			next, allowed := moveIn(life, string(verb))
			if !allowed {
				if chepiao.Why(err) != chepiao.WrongState || after != before {
					t.Errorf("%s + %s: %v, %v; want the same ticket and WRONG_STATE", state, verb, after.State, err)
				}
				continue
			}
			want := before
			want.State, want.Version = chepiao.TicketState(next), 6
			if err != nil || after != want {
				t.Errorf("%s + %s: %+v, %v; want %+v", state, verb, after, err, want)
			}
		}
	}
}

// orderLife is an order's life (6.1), in the same form.
var orderLife = map[chepiao.OrderState]string{
	chepiao.OrderHeld:     "extend→held pay→paying issue→issued lapse→lapsed release→released",
	chepiao.OrderPaying:   "unpay→held issue→issued lapse→lapsed",
	chepiao.OrderIssued:   "return→refunded",
	chepiao.OrderLapsed:   "revive→issued",
	chepiao.OrderReleased: "revive→issued",
	chepiao.OrderRefunded: "",
}

func TestOrderMoves(t *testing.T) {
	verbs := []chepiao.OrderMove{
		chepiao.OrderExtend, chepiao.OrderPayStep, chepiao.OrderUnpay, chepiao.OrderIssue,
		chepiao.OrderLapse, chepiao.OrderRelease, chepiao.OrderRevive, chepiao.OrderReturn, "fly",
	}
	for state, life := range orderLife {
		for _, verb := range verbs {
			before := chepiao.Order{ID: 7, State: state, Total: 4500, Version: 5}
			after, err := before.Move(verb)
			next, allowed := moveIn(life, string(verb))
			if !allowed {
				if chepiao.Why(err) != chepiao.WrongState || after != before {
					t.Errorf("%s + %s: %v, %v; want the same order and WRONG_STATE", state, verb, after.State, err)
				}
				continue
			}
			want := before
			want.State, want.Version = chepiao.OrderState(next), 6
			if err != nil || after != want {
				t.Errorf("%s + %s: %+v, %v; want %+v", state, verb, after, err, want)
			}
		}
	}
}

func moveIn(life, verb string) (next string, allowed bool) {
	for _, move := range strings.Fields(life) {
		if v, to, _ := strings.Cut(move, "→"); v == verb {
			return to, true
		}
	}
	return "", false
}

// TestPaymentsBecome walks the square of payment states. Money may come after a
// failure or a close; what is paid or returned stays.
func TestPaymentsBecome(t *testing.T) {
	all := []chepiao.PaymentState{chepiao.PaymentPending, chepiao.PaymentPaid, chepiao.PaymentFailed, chepiao.PaymentClosed, chepiao.PaymentReturned}
	allowed := map[chepiao.PaymentState][]chepiao.PaymentState{
		chepiao.PaymentPending: {chepiao.PaymentPaid, chepiao.PaymentFailed, chepiao.PaymentClosed, chepiao.PaymentReturned},
		chepiao.PaymentFailed:  {chepiao.PaymentPaid, chepiao.PaymentReturned},
		chepiao.PaymentClosed:  {chepiao.PaymentPaid, chepiao.PaymentReturned},
	}
	for _, from := range all {
		for _, to := range all {
			p := chepiao.Payment{ID: 1, State: from, Version: 2}
			moved, err := p.Become(to)
			if slices.Contains(allowed[from], to) {
				if err != nil || moved.State != to || moved.Version != 3 {
					t.Errorf("%s → %s: %+v, %v", from, to, moved, err)
				}
			} else if chepiao.Why(err) != chepiao.WrongState || moved != p {
				t.Errorf("%s → %s: %+v, %v; want WRONG_STATE", from, to, moved, err)
			}
		}
	}
}

// TestLiveTicketsOccupyTheirSeat: every state is one or the other, by name.
func TestLiveTicketsOccupyTheirSeat(t *testing.T) {
	live := "held valid checked departed used no_show suspended"
	for state := range ticketLife {
		if want := slices.Contains(strings.Fields(live), string(state)); state.Live() != want {
			t.Errorf("%s: live %v, want %v", state, state.Live(), want)
		}
		zh, en := state.Text()
		if zh == "" || zh == string(state) || !strings.Contains(en, " ") {
			t.Errorf("%s has no words: %q %q", state, zh, en)
		}
	}
	if chepiao.TicketState("nonsense").Live() {
		t.Error("a state that does not exist occupies a seat")
	}
}
