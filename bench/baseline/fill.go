package baseline

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"chepiao"
)

// filling is a stock of paid orders that is there before anything is measured,
// written in bulk: how the coaches were filled is not what is compared.
type filling struct {
	departures []chepiao.DepartureID
	seats      map[chepiao.DepartureID]*chepiao.SeatMap
	taken      map[chepiao.DepartureID]map[[2]int]chepiao.TicketID // seat and leg
	orders     []*holding
	payments   []chepiao.Payment
	shop       *Shop
}

// Fill puts departures on sale and sells on them, all in one go: every sale is
// held and paid. It is for an empty shop; a sale that does not fit is an error.
// The orders come back in the order of the sales.
func (s *Shop) Fill(ctx context.Context, departures []chepiao.DepartureID, sales []Sale) ([]Order, error) {
	f := &filling{
		departures: departures, shop: s, seats: map[chepiao.DepartureID]*chepiao.SeatMap{},
		taken: map[chepiao.DepartureID]map[[2]int]chepiao.TicketID{}, orders: make([]*holding, len(sales)),
	}
	for _, id := range departures {
		run, err := s.net.find(id)
		if err != nil {
			return nil, err
		}
		f.seats[id] = &chepiao.NewDeparture(id, run.template).Seats
		f.taken[id] = map[[2]int]chepiao.TicketID{}
	}
	if err := f.admit(sales); err != nil {
		return nil, err
	}
	orders := make([]Order, len(sales))
	for i, h := range f.orders {
		if err := f.sell(h); err != nil {
			return nil, err
		}
		orders[i] = h.order
	}
	return orders, s.book.fill(ctx, f)
}

// admit checks and seals everybody, on as many processors as there are.
func (f *filling) admit(sales []Sale) error {
	const workers = 4
	var wg sync.WaitGroup
	faults := make([]error, workers)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(sales) && faults[w] == nil; i += workers {
				h := &holding{shop: f.shop, key: fmt.Sprintf("FILL%022d", i), in: sales[i], now: f.shop.now()}
				if faults[w] = h.admit(); faults[w] == nil {
					h.verb, faults[w] = f.shop.verb(fmt.Sprintf("fill-%d", i), sales[i])
				}
				f.orders[i] = h
			}
		})
	}
	wg.Wait()
	for _, fault := range faults {
		if fault != nil {
			return fmt.Errorf("filling: %w", fault)
		}
	}
	return nil
}

func (f *filling) sell(h *holding) error {
	m := f.seats[h.in.Departure]
	if m == nil {
		return fmt.Errorf("filling: departure %s is not on sale", h.in.Departure)
	}
	seats, err := m.Choose(h.wish.Board, h.wish.Alight, len(h.wish.Riders), h.run.plan)
	if err != nil {
		return fmt.Errorf("filling: %w", err)
	}
	m.Take(h.wish.Board, h.wish.Alight, seats)
	h.write(h.number(), seats)
	p := &paying{shop: f.shop, amount: h.order.Total, now: h.now}
	if err := p.decide(h.order); err != nil {
		return fmt.Errorf("filling: %w", err)
	}
	h.order = p.order
	f.payments = append(f.payments, p.payment)
	if m.Flow() {
		return nil
	}
	for _, t := range h.order.Tickets {
		for leg := t.Board; leg < t.Alight; leg++ {
			f.taken[t.Departure][[2]int{t.Seat, leg}] = t.ID
		}
	}
	return nil
}

// tables are the rows of a filling, table by table.
func (f *filling) tables(withLegs bool) (map[string][][]any, error) {
	rows := map[string][][]any{}
	for i, h := range f.orders {
		list, err := h.rows()
		if err != nil {
			return nil, err
		}
		for _, st := range list {
			table := tableOf(st.sql)
			rows[table] = append(rows[table], st.args)
		}
		p := f.payments[i]
		rows["payment"] = append(rows["payment"], []any{int64(p.ID), int64(p.Order), string(p.Channel), int64(p.Amount), string(p.State), micros(p.Created)})
	}
	for _, id := range f.departures {
		m := f.seats[id]
		b, err := m.MarshalBinary()
		if err != nil {
			return nil, err
		}
		rows["departure"] = append(rows["departure"], []any{int64(id), int64(1), b})
		if !withLegs {
			continue
		}
		for leg := range m.Legs() {
			if m.Flow() {
				rows["flow_leg"] = append(rows["flow_leg"], []any{int64(id), int64(leg), int64(m.Places() - m.Free(leg, leg+1)), int64(m.Places())})
			}
		}
		for seat := 1; !m.Flow() && seat <= m.Places(); seat++ {
			for leg := range m.Legs() {
				rows["seat_leg"] = append(rows["seat_leg"], []any{int64(id), int64(seat), int64(leg), int64(f.taken[id][[2]int{seat, leg}])})
			}
		}
	}
	return rows, nil
}

// tableNames are the tables in the order in which they are filled.
var tableNames = []string{"departure", "seat_leg", "flow_leg", "verb", "orders", "ticket", "person", "payment", "audit"}

func tableOf(sql string) string {
	for _, name := range tableNames {
		if len(sql) > 12+len(name) && sql[12:12+len(name)] == name {
			return name
		}
	}
	return ""
}

func (b *rowLock) fill(ctx context.Context, f *filling) error    { return b.copy(ctx, f, true) }
func (b *optimistic) fill(ctx context.Context, f *filling) error { return b.copy(ctx, f, false) }

func (s *server) copy(ctx context.Context, f *filling, withLegs bool) error {
	rows, err := f.tables(withLegs)
	if err != nil {
		return err
	}
	conn, err := s.session(ctx)
	if err != nil {
		return err
	}
	defer conn.done()
	for _, name := range tableNames {
		if len(rows[name]) == 0 || (name == "departure" && withLegs) {
			continue
		}
		var columns []string
		err := conn.run(ctx, statement{sql: "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
			args: []any{name}, each: func(r row) { columns = append(columns, r.text(0)) }})
		if err != nil {
			return err
		}
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{name}, columns, pgx.CopyFromRows(rows[name])); err != nil {
			return fmt.Errorf("filling %s: %w", name, err)
		}
	}
	return nil
}

func (b *embedded) fill(_ context.Context, f *filling) error {
	rows, err := f.tables(false)
	if err != nil {
		return err
	}
	marks := "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
	return b.transaction(func() error {
		for _, name := range tableNames {
			for _, args := range rows[name] {
				if err := b.one(statement{sql: "INSERT INTO " + name + " VALUES (" + marks[:3*len(args)-2] + ")", args: args}); err != nil {
					return fmt.Errorf("filling %s: %w", name, err)
				}
			}
		}
		return nil
	})
}
