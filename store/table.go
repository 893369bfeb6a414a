package store

import (
	"cmp"
	"slices"
)

// table is the writer's view of one table: rows staged by the running batch
// over rows cached since they were last used over the database. Two maps make
// a cheap least-recently-used cache: when the young one is full it becomes the
// old one.
type table[K ~int64, V any] struct {
	name       string
	load       func(*conn, K) (V, bool, error)
	version    func(V) int64
	young, old map[K]V
	staged     map[K]*staged[V]
	order      []K // of staging, so that a flush is repeatable

	used        map[K]int64 // versions of what the batch has read; nil: nobody else writes
	hits, loads int64
}

// staged is a row to be written: base is its version in the database, 0 when it
// is not there yet.
type staged[V any] struct {
	v    V
	base int64
}

const cachedMax = 32_768 // rows in each half of the cache

func newTable[K ~int64, V any](name string, shared bool, load func(*conn, K) (V, bool, error), version func(V) int64) table[K, V] {
	t := table[K, V]{name: name, load: load, version: version, young: map[K]V{}, old: map[K]V{}, staged: map[K]*staged[V]{}}
	if shared {
		t.used = map[K]int64{}
	}
	return t
}

// get is the row as the batch sees it.
func (t *table[K, V]) get(c *conn, k K) (v V, ok bool, err error) {
	if st := t.staged[k]; st != nil {
		return st.v, true, nil
	}
	if v, ok = t.young[k]; ok {
		t.hits++
	} else {
		if v, ok = t.old[k]; ok {
			t.hits++
		} else {
			t.loads++
			if v, ok, err = t.load(c, k); err != nil || !ok {
				return v, false, err
			}
		}
		t.cache(k, v)
	}
	if t.used != nil {
		t.used[k] = t.version(v)
	}
	return v, true, nil
}

// note says that the batch has read a row past the cache. What it knew of it before
// stays: if that was older, the comparison finds it out.
func (t *table[K, V]) note(k K, v V) {
	if t.used == nil || t.staged[k] != nil {
		return
	}
	if _, known := t.used[k]; !known {
		t.used[k] = t.version(v)
	}
}

// peek is the row if it is in memory.
func (t *table[K, V]) peek(k K) (v V, ok bool) {
	if v, ok = t.young[k]; !ok {
		v, ok = t.old[k]
	}
	return v, ok
}

// put stages a row and returns how to take it back.
func (t *table[K, V]) put(c *conn, k K, v V) (undo func(), err error) {
	if st := t.staged[k]; st != nil {
		before := st.v
		st.v = v
		return func() { st.v = before }, nil
	}
	now, ok, err := t.get(c, k)
	if err != nil {
		return nil, err
	}
	base := int64(0)
	if ok {
		base = t.version(now)
	}
	return t.stage(k, v, base), nil
}

// add stages a row known to be new.
func (t *table[K, V]) add(k K, v V) (undo func()) { return t.stage(k, v, 0) }

func (t *table[K, V]) stage(k K, v V, base int64) func() {
	t.staged[k] = &staged[V]{v, base}
	t.order = append(t.order, k)
	return func() {
		delete(t.staged, k)
		t.order = t.order[:len(t.order)-1]
	}
}

// each calls fn for every staged row in the order of their numbers: two
// processes that write the same rows take them in the same order. New rows come
// first, so that they may travel together.
func (t *table[K, V]) each(fn func(v V, base int64) error) error {
	keys := slices.Clone(t.order)
	slices.SortFunc(keys, func(a, b K) int {
		return cmp.Or(cmp.Compare(min(t.staged[a].base, 1), min(t.staged[b].base, 1)), cmp.Compare(a, b))
	})
	for _, k := range keys {
		st := t.staged[k]
		if err := fn(st.v, st.base); err != nil {
			return err
		}
	}
	return nil
}

// discard forgets what is staged: the batch is not stored.
func (t *table[K, V]) discard() {
	clear(t.staged)
	clear(t.used)
	t.order = t.order[:0]
}

// verify stages the question whether what the batch has only read is still so.
// The answer, and whoever is stale forgotten, is there after the check.
func (t *table[K, V]) verify(c *conn, all bool, stale *bool) error {
	var ids []int64
	for k := range t.used {
		if all || t.staged[k] == nil {
			ids = append(ids, int64(k))
		}
	}
	return verify(c, t.name, ids, stale, func(id int64) int64 { return t.used[K(id)] }, func(id int64) {
		delete(t.young, K(id))
		delete(t.old, K(id))
	})
}

// verify compares the versions of rows with those that a batch has read.
func verify(c *conn, table string, ids []int64, stale *bool, read func(int64) int64, forget func(int64)) error {
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return c.versions(table, ids, func(found map[int64]int64) {
		for _, id := range ids {
			if found[id] != read(id) {
				*stale = true
				forget(id)
			}
		}
	})
}

// keep moves the staged rows to the cache: they are stored.
func (t *table[K, V]) keep() {
	for _, k := range t.order {
		t.cache(k, t.staged[k].v)
	}
	clear(t.staged)
	clear(t.used)
	t.order = t.order[:0]
}

func (t *table[K, V]) cache(k K, v V) {
	if len(t.young) >= cachedMax {
		t.young, t.old = map[K]V{}, t.young
	}
	t.young[k] = v
}
