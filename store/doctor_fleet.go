package store

import (
	"encoding/json"

	"chepiao"
)

// fleet looks whether every vehicle and driver reads, and stands under its own
// plate or number and version.
func (e *examination) fleet() error {
	err := e.bodies("vehicle", "SELECT plate, body, version FROM fleet WHERE plate > $1 ORDER BY plate LIMIT $2", "SELECT count(*) FROM fleet", func(body []byte) (string, int64, error) {
		var v chepiao.Vehicle
		err := json.Unmarshal(body, &v)
		return v.Plate, v.Version, err
	})
	if err != nil {
		return err
	}
	return e.bodies("driver", "SELECT no, body, version FROM driver WHERE no > $1 ORDER BY no LIMIT $2", "SELECT count(*) FROM driver", func(body []byte) (string, int64, error) {
		var d chepiao.Driver
		err := json.Unmarshal(body, &d)
		return d.No, d.Version, err
	})
}

// bodies looks at rows that have a name, a body and a version.
func (e *examination) bodies(kind, page, count string, read func([]byte) (string, int64, error)) error {
	after := ""
	return e.paged(kind+"s", count, func() (n int, err error) {
		err = e.c.query(page, []any{after, pageRows}, func(r rowOf) error {
			after = r.text(0)
			n++
			name, version, err := read([]byte(r.text(1)))
			switch {
			case err != nil:
				e.tell(kind+" "+after, "it cannot be read")
			case name != after || version != r.int(2):
				e.tell(kind+" "+after, "its row says version %d, its content %s at version %d", r.int(2), name, version)
			}
			return nil
		})
		return n, err
	})
}
