package bench

import (
	"encoding/json"
	"net/http"
	"time"

	"chepiao"
)

// Bare is the bare JSON handler that the real ones are compared with: it reads
// a hold's body with encoding/json and writes an order's answer, and does
// nothing in between. No program that speaks JSON over net/http does less.
func Bare() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bare", func(w http.ResponseWriter, r *http.Request) {
		var in holdBody
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, "malformed", http.StatusBadRequest)
			return
		}
		out := holdAnswer{orderView{
			ID: 1_000_000_001, Key: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", State: chepiao.OrderHeld, Total: 2250, Deadline: time.Unix(1_800_000_000, 0).UTC(),
			Tickets: make([]ticketView, len(in.Passengers)),
		}}
		for i := range out.Order.Tickets {
			out.Order.Tickets[i] = ticketView{ID: 1_000_000_002, Seat: 12, Price: 2250, State: chepiao.TicketHeld}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		if err := json.NewEncoder(w).Encode(out); err != nil {
			return // the client has gone
		}
	})
	return mux
}
