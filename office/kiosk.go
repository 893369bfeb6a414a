package office

import (
	"context"
	"fmt"

	"chepiao"
	"chepiao/store"
)

// Kiosk is what is known of a kiosk; one that was never heard of is in service.
func (o *Office) Kiosk(ctx context.Context, device string) (k chepiao.Kiosk, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		k, err = r.Kiosk(device)
		return err
	})
	if err != nil {
		return k, fmt.Errorf("reading a kiosk: %w", err)
	}
	return k, nil
}

// Kiosks lists the kiosks of a station (0: of all) by name, at most limit.
func (o *Office) Kiosks(ctx context.Context, station chepiao.StationNo, limit int) (list []chepiao.Kiosk, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		list, err = r.Kiosks(station, limit)
		return err
	})
	return list, err
}

// TellKiosk takes in how the parts of the kiosk that acts are. It is written when
// something has changed, and every few minutes as a sign of life. Refusal Invalid at
// parts.
func (o *Office) TellKiosk(ctx context.Context, v Verb, parts []chepiao.KioskPart) (k chepiao.Kiosk, err error) {
	if k, err = o.Kiosk(ctx, v.By); err != nil {
		return k, err
	}
	if _, changed, err := k.Tell(parts, v.At.Station, o.store.Now()); err != nil || !changed {
		return k, err
	}
	return o.kioskVerb(ctx, v, []any{"tell kiosk", parts}, func(tx *store.Tx) (*chepiao.Event, error) {
		k, err := tx.Kiosk(v.By)
		if err != nil {
			return nil, err
		}
		next, _, err := k.Tell(parts, v.At.Station, tx.Now)
		if err == nil && next.Version == k.Version {
			next.Version++ // another page of the same kiosk was quicker: told again
		}
		if err != nil {
			return nil, err
		}
		return putKiosk(tx, chepiao.KioskHasTold, v.By, next)
	})
}

// LockKioskInput takes a kiosk out of service, or puts it back.
type LockKioskInput struct {
	Device string
	Lock   bool
	Why    string // told to passengers
}

// LockKiosk does it, from wherever. Refusals: WrongState, Invalid at why.
func (o *Office) LockKiosk(ctx context.Context, v Verb, in LockKioskInput) (chepiao.Kiosk, error) {
	kind := chepiao.KioskWasUnlocked
	if in.Lock {
		kind = chepiao.KioskWasLocked
	}
	return o.kioskVerb(ctx, v, []any{"lock kiosk", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		k, err := tx.Kiosk(in.Device)
		if err == nil {
			k, err = k.Lock(in.Lock, v.Who, in.Why)
		}
		if err != nil {
			return nil, err
		}
		return putKiosk(tx, kind, v.By, k)
	})
}

func (o *Office) kioskVerb(ctx context.Context, v Verb, inputs []any, do func(*store.Tx) (*chepiao.Event, error)) (chepiao.Kiosk, error) {
	e, err := o.once(ctx, v, inputs, do)
	if err != nil {
		return chepiao.Kiosk{}, err
	}
	return detail[chepiao.Kiosk](e)
}

func putKiosk(tx *store.Tx, kind chepiao.EventKind, by string, k chepiao.Kiosk) (*chepiao.Event, error) {
	if err := tx.PutKiosk(k); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: kind, By: by, Detail: k}
	return e, tx.Record("kiosk "+k.Device, k.Version, *e)
}
