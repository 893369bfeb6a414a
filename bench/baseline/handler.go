package baseline

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"chepiao"
	"chepiao/api"
)

// holdBody is the part of /api/v1's request that one buys an ordinary ticket
// with.
type holdBody struct {
	Departure  chepiao.DepartureID `json:"departure"`
	From       string              `json:"from"`
	To         string              `json:"to"`
	Channel    chepiao.Channel     `json:"channel"`
	Passengers []struct {
		Name     string `json:"name"`
		Document struct {
			Kind   string `json:"kind"`
			Number string `json:"number"`
		} `json:"document"`
		Phone string `json:"phone"`
		Kind  string `json:"kind"`
	} `json:"passengers"`
}

type answer struct {
	Order api.Order `json:"order"`
}

// bodyMax bounds a request's body, in bytes.
const bodyMax = 64 << 10

// Handler is the shop over HTTP, in a few lines of net/http and encoding/json:
// the paths, bodies and answers of /api/v1, so that the same client drives it.
// secret gives each order its buyer's secret.
func (s *Shop) Handler(secret func() string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/orders", func(w http.ResponseWriter, r *http.Request) {
		var in holdBody
		if !read(w, r, &in) {
			return
		}
		sale := Sale{Departure: in.Departure, From: in.From, To: in.To, Channel: in.Channel}
		for _, p := range in.Passengers {
			sale.Passengers = append(sale.Passengers, Passenger{Name: p.Name, Kind: p.Document.Kind, Number: p.Document.Number, Phone: p.Phone, Fare: p.Kind})
		}
		o, err := s.Hold(r.Context(), r.Header.Get("Idempotency-Key"), secret(), sale)
		s.write(w, http.StatusCreated, o, o.Key, err)
	})
	mux.HandleFunc("POST /api/v1/orders/{order}/pay", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Channel string        `json:"channel"`
			Amount  chepiao.Money `json:"amount"`
		}
		id, err := chepiao.ParseOrderID(r.PathValue("order"))
		if err != nil || !read(w, r, &in) {
			s.write(w, 0, Order{}, "", err)
			return
		}
		o, err := s.Pay(r.Context(), r.Header.Get("Idempotency-Key"), id, in.Amount)
		s.write(w, http.StatusOK, o, "", err)
	})
	mux.HandleFunc("POST /api/v1/orders/{order}/refund", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Tickets []chepiao.TicketID `json:"tickets"`
			Back    chepiao.Money      `json:"back"`
		}
		id, err := chepiao.ParseOrderID(r.PathValue("order"))
		if err != nil || !read(w, r, &in) {
			s.write(w, 0, Order{}, "", err)
			return
		}
		o, err := s.Refund(r.Context(), r.Header.Get("Idempotency-Key"), id, in.Tickets, in.Back)
		s.write(w, http.StatusOK, o, "", err)
	})
	return mux
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax)).Decode(into); err != nil {
		problem(w, http.StatusBadRequest, "MALFORMED", "the body cannot be read")
		return false
	}
	return true
}

func problem(w http.ResponseWriter, status int, reason chepiao.Reason, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "/api/v1/problems/" + string(reason), "status": status, "reason": reason, "detail": detail}) // the client may have gone
}

// write answers with an order, or says why not.
func (s *Shop) write(w http.ResponseWriter, status int, o Order, key string, err error) {
	var no *chepiao.Refusal
	switch {
	case errors.As(err, &no) && no.Reason == chepiao.Busy:
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusServiceUnavailable, no.Reason, no.EN)
	case errors.As(err, &no):
		problem(w, http.StatusConflict, no.Reason, no.EN)
	case err != nil:
		problem(w, http.StatusInternalServerError, "FAULT", err.Error())
	case status != 0:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer{s.orderOf(o, key)}) // the client may have gone
	}
}

// orderOf shows an order as /api/v1 does.
func (s *Shop) orderOf(o Order, key string) api.Order {
	moment := func(t time.Time) time.Time { return t.In(s.net.Zone).Truncate(time.Second) }
	v := api.Order{
		ID: o.ID.String(), Key: key, State: string(o.State), Channel: string(o.Channel), Departure: o.Departure.String(),
		From: s.place(o.From), To: s.place(o.To), Total: int64(o.Total), Created: moment(o.Created), Tickets: make([]api.Ticket, len(o.Tickets)),
	}
	if o.State == chepiao.OrderHeld {
		deadline := moment(o.Deadline)
		v.Deadline = &deadline
	}
	for i, t := range o.Tickets {
		v.Tickets[i] = api.Ticket{ID: t.ID.String(), State: string(t.State), Seat: t.Seat, Kind: t.Kind.String(), Price: int64(t.Price), Refund: int64(t.Refund), Fee: int64(t.Fee)}
	}
	if run, err := s.net.find(o.Departure); err == nil {
		v.Number = run.template.Number
		if board, _, err := run.template.Find(o.From, o.To); err == nil {
			first, last := run.template.Span(board, o.Departure.Day(), s.net.Zone)
			v.Departs = first
			if run.template.Kind == chepiao.Flow {
				v.Last = &last
			}
		}
	}
	return v
}

func (s *Shop) place(no chepiao.StationNo) api.Place {
	st := s.net.stations[no]
	return api.Place{Code: st.Code, Name: st.Name, English: st.English}
}
