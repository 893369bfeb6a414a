package office

import "context"

// Reload loads again what another process that shares the database has changed:
// "network", "rules" or "hooks".
func (o *Office) Reload(ctx context.Context, what string) error {
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
