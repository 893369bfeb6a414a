package office

import "context"

// Reload loads again what another process that shares the database has changed:
// "network", "rules" or "hooks". Sale stands still meanwhile, as with a change of
// this process's own: what is being sold by the old ones is stored, or refused,
// before the new ones count as known.
func (o *Office) Reload(ctx context.Context, what string) error {
	o.offered.Lock()
	defer o.offered.Unlock()
	switch what {
	case "network":
		return o.loadTimetable(ctx)
	case "rules":
		return o.loadRules(ctx)
	case "hooks":
		return o.loadHooks(ctx)
	}
	return nil
}
