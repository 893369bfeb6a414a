package office

import (
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// LookUps are the look-ups of a service day, of one member of staff or ("") of all,
// in order, at most limit, for those who watch that nobody is looked up out of
// curiosity. Whom they showed is taken out: the watcher need not know. more says that
// the limit cut them.
func (o *Office) LookUps(ctx context.Context, day chepiao.Day, staff chepiao.StaffNo, limit int) (list []chepiao.Looked, more bool, err error) {
	zone := o.Timetable().Zone
	if zone == nil {
		zone = time.UTC
	}
	from, until := chepiao.Clock(0).On(day, zone), chepiao.Clock(0).On(day+1, zone)
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		list, err = r.LookUpsOf(from, until, staff, limit+1)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	for i := range list {
		list[i].Person = chepiao.PersonToken{}
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}
