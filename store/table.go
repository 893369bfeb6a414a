package store

// table is the writer's view of one table: rows staged by the running batch
// over rows cached since they were last used over the database. Two maps make
// a cheap least-recently-used cache: when the young one is full it becomes the
// old one.
type table[K comparable, V any] struct {
	load       func(*conn, K) (V, bool, error)
	version    func(V) int64
	young, old map[K]V
	staged     map[K]*staged[V]
	order      []K // of staging, so that a flush is repeatable
}

// staged is a row to be written: base is its version in the database, 0 when it
// is not there yet.
type staged[V any] struct {
	v    V
	base int64
}

const cachedMax = 32_768 // rows in each half of the cache

func newTable[K comparable, V any](load func(*conn, K) (V, bool, error), version func(V) int64) table[K, V] {
	return table[K, V]{load: load, version: version, young: map[K]V{}, old: map[K]V{}, staged: map[K]*staged[V]{}}
}

// get is the row as the batch sees it.
func (t *table[K, V]) get(c *conn, k K) (v V, ok bool, err error) {
	if st := t.staged[k]; st != nil {
		return st.v, true, nil
	}
	if v, ok = t.young[k]; ok {
		return v, true, nil
	}
	if v, ok = t.old[k]; !ok {
		if v, ok, err = t.load(c, k); err != nil || !ok {
			return v, false, err
		}
	}
	t.cache(k, v)
	return v, true, nil
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

// each calls fn for every staged row in the order of staging.
func (t *table[K, V]) each(fn func(v V, base int64) error) error {
	for _, k := range t.order {
		st := t.staged[k]
		if err := fn(st.v, st.base); err != nil {
			return err
		}
	}
	return nil
}

// keep moves the staged rows to the cache: they are stored.
func (t *table[K, V]) keep() {
	for _, k := range t.order {
		t.cache(k, t.staged[k].v)
	}
	clear(t.staged)
	t.order = t.order[:0]
}

func (t *table[K, V]) cache(k K, v V) {
	if len(t.young) >= cachedMax {
		t.young, t.old = map[K]V{}, t.young
	}
	t.young[k] = v
}
