package gtfs

import (
	"fmt"
	"strings"

	"chepiao"
)

// vehiclesFile is our extension: code,name,seats,approved,layout,share; the rows
// of the layout are joined by '|', front first, 's' a seat, '.' none; share is
// what the class is worth in basis points of a plain coach's fare. Types that no
// departure is planned with may still come in place of another.
const vehiclesFile = "chepiao_vehicles.txt"

func (r *reading) readVehicles() error {
	r.vehicleIDs, r.listed = ids{}, map[string]bool{}
	return r.tables.each(vehiclesFile, []string{"code", "seats"}, func(row *row) error {
		v := chepiao.VehicleType{Code: row.id("code"), Name: row.text("name"), Seats: row.whole("seats", 1, chepiao.SeatsMax, 0)}
		if v.Code == "" || v.Seats == 0 {
			row.add(Error, "bad-vehicle", "code", v.Code, "a vehicle type needs a code and its seats", "the row was left out")
			return nil
		}
		if _, ok := r.vehicleIDs[v.Code]; ok {
			row.add(Warning, "duplicate-id", "code", v.Code, "this id has a row already", "the first row stands")
			return nil
		}
		if v.Name == "" {
			v.Name = v.Code
		}
		v.Share = int64(row.whole("share", 1, 100_000, 0))
		v.Approved = row.whole("approved", 0, 2*chepiao.SeatsMax, 0)
		if s := row.raw("layout"); s != "" {
			if strings.Count(s, "s") != v.Seats || strings.Trim(s, "s.|") != "" {
				row.add(Warning, "bad-vehicle", "layout", s, fmt.Sprintf("not rows of 's' and '.' joined by '|' with %d seats", v.Seats), "rows of two and two")
			} else {
				v.Layout = strings.Split(strings.Clone(s), "|")
			}
		}
		r.vehicleIDs[v.Code] = int32(len(r.vehicles))
		r.vehicles = append(r.vehicles, v)
		r.listed[v.Code] = true
		return nil
	})
}

// coach is the code of a plain vehicle type with so many seats, made when it
// is new.
func (r *reading) coach(seats int) string {
	code := fmt.Sprintf("coach-%d", seats)
	if _, ok := r.vehicleIDs[code]; !ok {
		r.vehicleIDs[code] = int32(len(r.vehicles))
		r.vehicles = append(r.vehicles, chepiao.VehicleType{
			Code: code, Name: fmt.Sprintf("%d座客车 · %d-seat coach", seats, seats), Seats: seats,
		})
	}
	return code
}

// seat gives a trip its vehicle and its seats. The most particular source wins:
// the trip's own number, its vehicle type, the file of seats by route, the
// number for the whole feed.
func (r *reading) seat(t *trip, row *row) {
	seats := r.o.Seats
	if n, ok := r.o.SeatsByRoute[r.routes[t.route].id]; ok {
		seats = n
	}
	own := row.whole("chepiao_seats", 1, FlowPlacesMax, 0)
	if t.kind == chepiao.Flow {
		t.places, own = own, 0
	}
	code := row.id("chepiao_vehicle")
	i, known := r.vehicleIDs[code]
	switch {
	case code != "" && known:
		t.vehicle, seats = code, r.vehicles[i].Seats
		if own > seats {
			row.add(Warning, "too-many-seats", "chepiao_seats", fmt.Sprint(own), fmt.Sprintf("the vehicle type %s has %d seats", code, seats), fmt.Sprintf("read as %d", seats))
			own = seats
		}
	case code != "":
		row.add(Warning, "unknown-id", "chepiao_vehicle", code, "no such vehicle type in "+vehiclesFile, "a plain coach")
	}
	if own > 0 {
		seats = own
	}
	if seats > chepiao.SeatsMax {
		row.add(Warning, "too-many-seats", "chepiao_seats", fmt.Sprint(seats), fmt.Sprintf("a coach has at most %d numbered seats", chepiao.SeatsMax), fmt.Sprintf("read as %d", chepiao.SeatsMax))
		seats = chepiao.SeatsMax
	}
	if t.vehicle == "" {
		t.vehicle = r.coach(seats)
	}
	t.seats = seats
}
