package gtfs

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"chepiao"
)

// ReadSeats reads a file of seats by route, with the columns route_id and
// seats: what GTFS does not say. Unlike a feed it was written for this import,
// so the first mistake in it is an error that names the line.
func ReadSeats(src io.Reader) (map[string]int, error) {
	c := newCSV(io.LimitReader(src, 16<<20))
	seats := map[string]int{}
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("reading the seats by route: the file is empty; its first line should be route_id,seats")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the seats by route: %w", err)
	}
	if len(head) < 2 || strings.TrimSpace(head[0]) != "route_id" || strings.TrimSpace(head[1]) != "seats" {
		return nil, fmt.Errorf("reading the seats by route: the first line should be route_id,seats, not %q", strings.Join(head, ","))
	}
	for {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			return seats, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the seats by route: %w", err)
		}
		if blank(rec) {
			continue
		}
		line, _ := c.FieldPos(0)
		if len(rec) < 2 {
			return nil, fmt.Errorf("reading the seats by route, line %d: no seats", line)
		}
		id, number := strings.TrimSpace(rec[0]), strings.TrimSpace(rec[1])
		n, err := strconv.Atoi(number)
		switch {
		case id == "":
			return nil, fmt.Errorf("reading the seats by route, line %d: no route_id", line)
		case err != nil || n < 1 || n > chepiao.SeatsMax:
			return nil, fmt.Errorf("reading the seats by route, line %d: %q is not a number of seats from 1 to %d", line, number, chepiao.SeatsMax)
		case seats[id] != 0:
			return nil, fmt.Errorf("reading the seats by route, line %d: the route %s stands twice", line, id)
		}
		seats[strings.Clone(id)] = n
	}
}
