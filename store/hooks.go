package store

import (
	"strings"

	"chepiao"
)

const hookColumns = "id, url, kinds, state, tries, next, why, created, version"

// AddHook stages a new webhook. What it has taken is counted from here: in this
// process's lane from its own number, in the others from what is stored now.
func (tx *Tx) AddHook(h chepiao.Hook) error {
	h = h.Take(chepiao.MessageID(h.ID))
	err := tx.s.writer.query("SELECT id, next_id FROM lane WHERE node = $1 AND id <> $2 ORDER BY id", []any{tx.s.opt.Node, tx.s.lane.id}, func(r rowOf) error {
		h = h.Take(chepiao.MessageID(chepiao.LaneID(r.int(0), r.int(1)-1)))
		return nil
	})
	if err != nil {
		return err
	}
	tx.bump("hooks")
	tx.stage(func(c *conn) error {
		err := c.one("INSERT INTO hook ("+hookColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			int64(h.ID), h.URL, joinKinds(h.Kinds), string(h.State), h.Tries, micros(h.Next), h.Why, micros(h.Created), h.Version)
		for _, id := range h.Taken {
			if err == nil {
				err = c.one("INSERT INTO hook_cursor (hook, lane, message) VALUES ($1, $2, $3)", int64(h.ID), chepiao.LaneOf(int64(id)), int64(id))
			}
		}
		return err
	})
	return nil
}

// Hook is a webhook as it is stored. Refusal NotFound.
func (tx *Tx) Hook(id chepiao.HookID) (chepiao.Hook, error) {
	found, err := (&Reader{c: tx.s.writer}).hooks("WHERE id = $1", int64(id))
	if err == nil && len(found) == 0 {
		return chepiao.Hook{}, chepiao.Refuse(chepiao.NotFound, "没有这个推送地址", "there is no such webhook").At("hook")
	}
	if err != nil {
		return chepiao.Hook{}, err
	}
	return found[0], nil
}

// CountHooks is how many webhooks are stored.
func (tx *Tx) CountHooks() (n int, err error) {
	err = tx.s.writer.query("SELECT COUNT(*) FROM hook", nil, func(r rowOf) error { n = int(r.int(0)); return nil })
	return n, err
}

// MoveHook stages how far a webhook has come. was is what Hook returned.
func (tx *Tx) MoveHook(was, next chepiao.Hook) {
	tx.stage(func(c *conn) error {
		err := c.one("UPDATE hook SET state = $1, tries = $2, next = $3, why = $4, version = $5 WHERE id = $6 AND version = $7",
			string(next.State), next.Tries, micros(next.Next), next.Why, next.Version, int64(was.ID), was.Version)
		for _, id := range next.Taken {
			if lane := chepiao.LaneOf(int64(id)); err == nil && id != was.After(lane) {
				err = c.one("INSERT INTO hook_cursor (hook, lane, message) VALUES ($1, $2, $3) ON CONFLICT (hook, lane) DO UPDATE SET message = excluded.message",
					int64(was.ID), lane, int64(id))
			}
		}
		return err
	})
}

// RemoveHook stages the end of a webhook.
func (tx *Tx) RemoveHook(was chepiao.Hook) {
	tx.bump("hooks")
	tx.stage(func(c *conn) error {
		if err := c.one("DELETE FROM hook WHERE id = $1 AND version = $2", int64(was.ID), was.Version); err != nil {
			return err
		}
		for _, id := range was.Taken {
			if err := c.one("DELETE FROM hook_cursor WHERE hook = $1 AND lane = $2", int64(was.ID), chepiao.LaneOf(int64(id))); err != nil {
				return err
			}
		}
		return nil
	})
}

// Hooks reads every webhook, in order, at most limit.
func (r *Reader) Hooks(limit int) ([]chepiao.Hook, error) {
	return r.hooks("ORDER BY id LIMIT $1", limit)
}

func (r *Reader) hooks(where string, args ...any) (list []chepiao.Hook, err error) {
	err = r.c.query("SELECT "+hookColumns+" FROM hook "+where, args, func(r rowOf) error {
		list = append(list, chepiao.Hook{
			ID: chepiao.HookID(r.int(0)), URL: r.text(1), Kinds: splitKinds(r.text(2)), State: chepiao.HookState(r.text(3)),
			Tries: int(r.int(4)), Next: fromMicros(r.int(5)), Why: r.text(6), Created: fromMicros(r.int(7)), Version: r.int(8),
		})
		return nil
	})
	for i := range list {
		if err != nil {
			break
		}
		err = r.c.query("SELECT message FROM hook_cursor WHERE hook = $1 ORDER BY lane", []any{int64(list[i].ID)}, func(r rowOf) error {
			list[i].Taken = append(list[i].Taken, chepiao.MessageID(r.int(0)))
			return nil
		})
	}
	return list, err
}

// Kinds are stored as words with a space between.

func joinKinds(kinds []chepiao.MessageKind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, " ")
}

func splitKinds(s string) (kinds []chepiao.MessageKind) {
	for _, word := range strings.Fields(s) {
		kinds = append(kinds, chepiao.MessageKind(word))
	}
	return kinds
}
