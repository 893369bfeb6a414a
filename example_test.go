package chepiao_test

import (
	"fmt"
	"time"

	"chepiao"
)

// A ticket's life is a table of moves: what is not in it is refused.
func ExampleTicket_Move() {
	t := chepiao.Ticket{State: chepiao.TicketHeld}
	for _, verb := range []chepiao.TicketMove{chepiao.MoveIssue, chepiao.MoveCheck, chepiao.MoveRefund} {
		moved, err := t.Move(verb)
		if err != nil {
			fmt.Println(verb, "→", chepiao.Why(err), chepiao.AsRefusal(err).ZH)
			continue
		}
		fmt.Println(verb, "→", moved.State)
		t = moved
	}
	// Output:
	// issue → valid
	// check → checked
	// refund → WRONG_STATE 车票已检票，不能办理
}

// A seat can be sold again on legs that its first passenger does not ride.
func ExampleSeatMap_Choose() {
	coach := chepiao.NewSeats(2, 3) // two seats, stops A–B–C–D
	coach.Take(0, 1, []int{1})      // seat 1 from A to B
	for _, ride := range []struct{ from, to int }{{1, 3}, {0, 3}, {0, 2}} {
		seats, err := coach.Choose(ride.from, ride.to, 1, nil)
		if err != nil {
			fmt.Println(chepiao.AsRefusal(err).EN)
			continue
		}
		coach.Take(ride.from, ride.to, seats)
		fmt.Println("seat", seats[0])
	}
	// Output:
	// seat 1
	// seat 2
	// no seat is left between these stops
}

// A departure decides on a whole party at once: everybody gets a seat or nobody.
func ExampleDeparture_Seat() {
	coach := chepiao.VehicleType{Seats: 9}
	d := chepiao.NewDeparture(chepiao.MakeDepartureID(1042, 20779), &chepiao.Template{Kind: chepiao.Fixed, Seats: 9, Stops: make([]chepiao.Stop, 2)})
	wish := chepiao.Wish{Channel: chepiao.Window, Board: 0, Alight: 1, Riders: []chepiao.Rider{
		{Token: chepiao.PersonToken{1}}, {Token: chepiao.PersonToken{2}},
	}}
	seats, err := d.Seat(wish, coach.Plan(), chepiao.DefaultRules())
	fmt.Println(d.ID, seats, err)

	wish.Riders[1].Token = wish.Riders[0].Token
	_, err = d.Seat(wish, coach.Plan(), chepiao.DefaultRules())
	fmt.Println(chepiao.AsRefusal(err).Field, chepiao.Why(err))
	// Output:
	// 1042-20261122 [1 2] <nil>
	// passengers[1].document.number DUPLICATE_RIDER
}

// A price says how it came about.
func ExamplePrice() {
	template := &chepiao.Template{Stops: []chepiao.Stop{{Station: 1}, {Station: 2, Metres: 140_000}}}
	rules := chepiao.DefaultRules()
	fare := chepiao.Price(&chepiao.Line{}, template, 0, 1, chepiao.Half, rules)
	why := fare.Explain(chepiao.Half, rules)
	fmt.Println(fare.Price.Yuan())
	fmt.Println(why.ZH)
	fmt.Println(why.EN)
	// Output:
	// ¥22.50
	// 140.0 公里 × 0.32 元/公里，全价 ¥45.00，按 50% 收取 ¥22.50
	// 140.0 km × 0.32 per km, full fare ¥45.00, of which 50% is ¥22.50
}

// A refund is quoted first, with the rung of the ladder it stands on.
func ExampleQuoteRefund() {
	departs := time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	ticket := chepiao.Ticket{State: chepiao.TicketValid, Price: 2250}
	for _, before := range []time.Duration{2 * time.Hour, time.Hour, -2 * time.Hour} {
		quote, err := chepiao.QuoteRefund(ticket, chepiao.RefundCase{Now: departs.Add(-before), Departs: departs}, chepiao.DefaultRules())
		if err != nil {
			fmt.Println(chepiao.AsRefusal(err).EN)
			continue
		}
		fmt.Println(quote.EN)
	}
	// Output:
	// refunded 2 hours or more before departure: the fee is 10% of ¥22.50, ¥2.50; ¥20.00 comes back
	// refunded before departure: the fee is 20% of ¥22.50, ¥4.50; ¥18.00 comes back
	// the time for a refund is over
}

// Every gate asks the same function who may pass.
func ExampleCheck() {
	departs := time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	ticket := chepiao.Ticket{ID: 9, State: chepiao.TicketValid, From: 1, Seat: 12}
	for _, minutes := range []time.Duration{-30, -5, -1} {
		verdict := chepiao.Check(ticket, chepiao.Scan{Station: 1, Device: "gate-1"}, chepiao.Facts{
			Now: departs.Add(minutes * time.Minute), Zone: time.UTC, Rules: chepiao.DefaultRules(),
			Coach: chepiao.Coach{Departs: departs, Last: departs, Reported: true, Seats: 45},
		})
		fmt.Println(verdict.Light, verdict.Reason, verdict.ZH, "→", verdict.Next.EN)
	}
	// Output:
	// amber TOO_EARLY 08:10 开始检票 → Ask to wait in the hall
	// green OK 12 号座 → Let pass; compare the name and the end of the document
	// red DEPARTED 检票已截止 → Send to the window: a flow departure, or a refund
}

// Numbers carry a check digit, so a slip of the finger finds nobody else's ticket.
func ExampleParseTicketID() {
	fmt.Println(chepiao.TicketID(chepiao.LaneID(1, 42)))
	id, err := chepiao.ParseTicketID("tk 1000 0000 421")
	fmt.Println(id, err)
	_, err = chepiao.ParseTicketID("TK10000000431")
	fmt.Println(chepiao.Why(err))
	// Output:
	// TK10000000421
	// TK10000000421 <nil>
	// INVALID
}

// A refusal names its reason for programs, its field for forms and itself in
// two languages for people; it never holds personal data.
func ExampleRefuse() {
	err := error(chepiao.Refuse(chepiao.SeatTaken, "5 号座位已被占用", "seat 5 is already taken").At("seats[0]"))
	r := chepiao.AsRefusal(err)
	fmt.Println(r.Reason, r.Field, r.ZH)
	// Output:
	// SEAT_TAKEN seats[0] 5 号座位已被占用
}

// A time of a service day may pass midnight.
func ExampleClock_On() {
	zone := time.FixedZone("China", 8*3600)
	day, _ := chepiao.ParseDay("2026-11-22")
	at := chepiao.Clock(25*3600 + 10*60)
	fmt.Println(at, "is", at.On(day, zone).Format("2006-01-02 15:04"))
	// Output:
	// 25:10 is 2026-11-23 01:10
}
