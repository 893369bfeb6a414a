package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// RegisterVehicle enters a vehicle into the fleet, or enters it anew: its last
// safety check stays. Refusals: Invalid, NotFound for a carrier or vehicle type
// that the timetable does not have.
func (o *Office) RegisterVehicle(ctx context.Context, v Verb, in chepiao.Vehicle) (chepiao.Vehicle, error) {
	in, err := chepiao.NewVehicle(in)
	if err == nil {
		err = o.Timetable().knows(in.Carrier, in.Coach)
	}
	if err != nil {
		return in, err
	}
	e, err := o.once(ctx, v, []any{"register", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		was, _, err := tx.Registered(in.Plate)
		if err != nil {
			return nil, err
		}
		next := in
		next.Checked, next.Form, next.Version = was.Checked, was.Form, was.Version+1
		return putVehicle(tx, chepiao.VehicleWasRegistered, v.By, next)
	})
	if err != nil {
		return in, err
	}
	return detail[chepiao.Vehicle](e)
}

// SafetyCheck (例检) notes that a vehicle has passed its safety check just now.
// Refusals: NotFound, Invalid.
func (o *Office) SafetyCheck(ctx context.Context, v Verb, plate, form string) (chepiao.Vehicle, error) {
	form, err := chepiao.NewForm(form)
	if err != nil {
		return chepiao.Vehicle{}, err
	}
	e, err := o.once(ctx, v, []any{"safety", plate, form}, func(tx *store.Tx) (*chepiao.Event, error) {
		c, err := registered(tx, plate)
		if err != nil {
			return nil, err
		}
		c.Checked, c.Form = tx.Now, form
		c.Version++
		return putVehicle(tx, chepiao.VehicleWasChecked, v.By, c)
	})
	if err != nil {
		return chepiao.Vehicle{}, err
	}
	return detail[chepiao.Vehicle](e)
}

// RegisterDriver enters a driver by staff number, or enters one anew. Refusals:
// Invalid, NotFound for a carrier that the timetable does not have.
func (o *Office) RegisterDriver(ctx context.Context, v Verb, in chepiao.Driver) (chepiao.Driver, error) {
	in, err := chepiao.NewDriver(in)
	if err == nil {
		err = o.Timetable().knows(in.Carrier, "")
	}
	if err != nil {
		return in, err
	}
	e, err := o.once(ctx, v, []any{"driver", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		was, _, err := tx.Driver(in.No)
		if err != nil {
			return nil, err
		}
		next := in
		next.On, next.Departs, next.Version = was.On, was.Departs, was.Version+1
		if err := tx.PutDriver(next); err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.DriverWasRegistered, By: v.By, Detail: next}
		return e, tx.Record("driver "+next.No, next.Version, *e)
	})
	if err != nil {
		return in, err
	}
	return detail[chepiao.Driver](e)
}

// Fleet lists the vehicles after a plate, at most limit.
func (o *Office) Fleet(ctx context.Context, after string, limit int) (list []chepiao.Vehicle, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err = r.Fleet(after, limit)
		return err
	})
	return list, err
}

// Drivers lists the drivers after a staff number, at most limit.
func (o *Office) Drivers(ctx context.Context, after string, limit int) (list []chepiao.Driver, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err = r.Drivers(after, limit)
		return err
	})
	return list, err
}

func putVehicle(tx *store.Tx, kind chepiao.EventKind, by string, c chepiao.Vehicle) (*chepiao.Event, error) {
	if err := tx.Register(c); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: kind, By: by, Detail: c}
	return e, tx.Record("vehicle "+c.Plate, c.Version, *e)
}

// registered is a vehicle of the fleet. Refusal NotFound.
func registered(tx *store.Tx, plate string) (chepiao.Vehicle, error) {
	c, ok, err := tx.Registered(chepiao.PlateOf(plate))
	if err == nil && !ok {
		err = chepiao.Refuse(chepiao.NotFound, "没有登记这辆车", "no such vehicle is registered").At("plate")
	}
	return c, err
}

// knows refuses with NotFound what the timetable does not have; "" is not asked.
func (t *Timetable) knows(carrier, coach string) error {
	if t.carriers[carrier] == nil && carrier != "" {
		return chepiao.Refuse(chepiao.NotFound, "没有这个承运人", "there is no such carrier").At("carrier")
	}
	if t.vehicles[coach] == nil && coach != "" {
		return chepiao.Refuse(chepiao.NotFound, "没有这种车型", "there is no such vehicle type").At("coach")
	}
	return nil
}
