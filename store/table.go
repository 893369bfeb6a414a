package store

import (
	"cmp"
	"slices"
)

// table is the writer's view of one table: rows staged by the running batch over
// those of the batch that is being stored, over rows cached since they were last
// used, over the database. Two maps make a cheap least-recently-used cache: when
// the young one is full it becomes the old one.
type table[K ~int64, V any] struct {
	name       string
	load       func(*conn, K) (V, bool, error)
	version    func(V) int64
	young, old map[K]V
	now        *layer[K, V] // of the running batch
	before     *layer[K, V] // of the one that is being stored; empty where there is none

	hits, loads int64
}

// layer is what one batch has staged and read of a table.
type layer[K ~int64, V any] struct {
	staged map[K]*staged[V]
	order  []K         // of staging, so that a flush is repeatable
	used   map[K]int64 // versions of what the batch has read; nil: nobody else writes
}

// staged is a row to be written: base is its version in the database, 0 when it
// is not there yet.
type staged[V any] struct {
	v    V
	base int64
}

const cachedMax = 32_768 // rows in each half of the cache

func newTable[K ~int64, V any](name string, shared bool, load func(*conn, K) (V, bool, error), version func(V) int64) table[K, V] {
	return table[K, V]{name: name, load: load, version: version, young: map[K]V{}, old: map[K]V{}, now: newLayer[K, V](shared), before: newLayer[K, V](shared)}
}

func newLayer[K ~int64, V any](shared bool) *layer[K, V] {
	l := &layer[K, V]{staged: map[K]*staged[V]{}}
	if shared {
		l.used = map[K]int64{}
	}
	return l
}

func (l *layer[K, V]) clear() {
	clear(l.staged)
	clear(l.used)
	l.order = l.order[:0]
}

// get is the row as the batch sees it.
func (t *table[K, V]) get(c *conn, k K) (v V, ok bool, err error) {
	if st := t.now.staged[k]; st != nil {
		return st.v, true, nil
	}
	if st := t.before.staged[k]; st != nil {
		v = st.v
		t.hits++
	} else if v, ok = t.young[k]; ok {
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
	if t.now.used != nil {
		t.now.used[k] = t.version(v)
	}
	return v, true, nil
}

// note says that the batch has read a row past the cache. What it knew of it before
// stays: if that was older, the comparison finds it out.
func (t *table[K, V]) note(k K, v V) {
	if t.now.used == nil || t.now.staged[k] != nil {
		return
	}
	if _, known := t.now.used[k]; !known {
		t.now.used[k] = t.version(v)
	}
}

// peek is the row if it is in memory.
func (t *table[K, V]) peek(k K) (v V, ok bool) {
	for _, l := range []*layer[K, V]{t.now, t.before} {
		if st := l.staged[k]; st != nil {
			return st.v, true
		}
	}
	if v, ok = t.young[k]; !ok {
		v, ok = t.old[k]
	}
	return v, ok
}

// put stages a row and returns how to take it back.
func (t *table[K, V]) put(c *conn, k K, v V) (undo func(), err error) {
	if st := t.now.staged[k]; st != nil {
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
	l := t.now
	l.staged[k] = &staged[V]{v, base}
	l.order = append(l.order, k)
	return func() {
		delete(l.staged, k)
		l.order = l.order[:len(l.order)-1]
	}
}

// lift hands the running batch's layer over to be stored, and begins another.
func (t *table[K, V]) lift() *layer[K, V] {
	t.now, t.before = t.before, t.now
	return t.before
}

// settle ends the storing of the layer that was lifted: if it is stored its rows are
// the cached ones now.
func (t *table[K, V]) settle(stored bool) {
	if stored {
		for _, k := range t.before.order {
			t.cache(k, t.before.staged[k].v)
		}
	}
	t.before.clear()
}

func (t *table[K, V]) cache(k K, v V) {
	if len(t.young) >= cachedMax {
		t.young, t.old = map[K]V{}, t.young
	}
	t.young[k] = v
}

// drop forgets the cached row.
func (t *table[K, V]) drop(k K) {
	delete(t.young, k)
	delete(t.old, k)
}

// each calls fn for every staged row in the order of their numbers: two
// processes that write the same rows take them in the same order. New rows come
// first, so that they may travel together.
func (l *layer[K, V]) each(fn func(v V, base int64) error) error {
	slices.SortFunc(l.order, func(a, b K) int {
		return cmp.Or(cmp.Compare(min(l.staged[a].base, 1), min(l.staged[b].base, 1)), cmp.Compare(a, b))
	})
	for _, k := range l.order {
		st := l.staged[k]
		if err := fn(st.v, st.base); err != nil {
			return err
		}
	}
	return nil
}

// verify stages the question whether what the batch has only read is still so, or
// all that it has used. stale hears of every row that is not, at the check.
func (l *layer[K, V]) verify(c *conn, table string, all bool, stale func(K)) error {
	var ids []int64
	for k := range l.used {
		if all || l.staged[k] == nil {
			ids = append(ids, int64(k))
		}
	}
	return verify(c, table, ids, func(id int64) int64 { return l.used[K(id)] }, func(id int64) { stale(K(id)) })
}

// verify compares the versions of rows with those that a batch has read.
func verify(c *conn, table string, ids []int64, read func(int64) int64, stale func(int64)) error {
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return c.versions(table, ids, func(found map[int64]int64) {
		for _, id := range ids {
			if found[id] != read(id) {
				stale(id)
			}
		}
	})
}
