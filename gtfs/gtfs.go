// Package gtfs reads a coach timetable in the format GTFS (General Transit Feed
// Specification, gtfs.org): a zip file, or a folder, of comma-separated tables.
// Operators all over the world publish their timetable like this. What comes
// out is a chepiao.Network, and a report that says for each problem in the
// tables which file, line and field it is and what was done about it.
//
// A problem in one row costs that row, or that departure, never the import.
// Only a feed that cannot be a timetable at all ends in an error.
package gtfs

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"chepiao"
)

// Options say how to read a feed.
type Options struct {
	Name         string         // of the network; "" takes the publisher's
	From         chepiao.Day    // first service day wanted
	Days         int            // service days wanted, 1..chepiao.DaysMax; 0 means 60
	Shift        bool           // move the service days of a feed that has ended, by whole weeks
	Seats        int            // of a coach, where nothing better is known; 0 means 49
	SeatsByRoute map[string]int // route_id to seats, see ReadSeats
	Currency     string         // ISO 4217, of a feed without fares; "" means CNY
	AllModes     bool           // read trains and ships too, not only coaches and buses
}

// Defaults of Options.
const (
	DaysDefault  = 60
	SeatsDefault = 49
)

// FlowPlacesMax bounds the places a day of one flow departure.
const FlowPlacesMax = 2000

// Progress says how far the reading has come, for a progress bar. Done and
// Total count bytes of the uncompressed tables.
type Progress struct {
	Stage string // the file being read, or "network" while it is put together
	Done  int64
	Total int64
}

// Feed is a network with what an importer needs to give an entity the same
// number in every version of the feed. Numbers in the network are provisional:
// 1..n in the order of the feed.
type Feed struct {
	Network chepiao.Network
	// StationKeys, LineKeys and TemplateKeys are the feed's own ids, parallel
	// to the slices of the network: stop_id, route_id + "/" + direction_id,
	// trip_id. They are unique.
	StationKeys  []string
	LineKeys     []string
	TemplateKeys []string
	// TemplateHash covers everything of a template but its days and numbers.
	// The same key with another hash is a changed departure: a new template.
	TemplateHash [][32]byte
}

// Read reads a feed. src is the folder of the tables, or a zip file opened with
// Open; the tables may stand in one subfolder. progress may be nil. The report
// is never nil. An error is a fault: a required table is missing or unreadable,
// or a limit was passed.
func Read(src fs.FS, o Options, progress func(Progress)) (*Feed, *Report, error) {
	rep := &Report{}
	o, err := o.complete()
	if err != nil {
		return nil, rep, err
	}
	t, err := openTables(src, rep, progress)
	if err != nil {
		return nil, rep, err
	}
	r := &reading{tables: t, o: o, rep: rep}
	for _, step := range []func() error{
		r.readAgencies, r.readFeedInfo, r.readStops, r.readNetworks, r.readRoutes, r.readServices,
		r.readVehicles, r.readTrips, r.readFrequencies, r.readStopTimes,
	} {
		if err := step(); err != nil {
			return nil, rep, err
		}
	}
	t.stage("network")
	r.settleServices()
	r.judgeCoordinates()
	r.judgeDistances()
	r.buildTemplates()
	f := r.number()
	if err := r.readFares(f); err != nil {
		return nil, rep, err
	}
	r.count(f)
	t.finish()
	return f, rep, nil
}

func (o Options) complete() (Options, error) {
	if o.Days == 0 {
		o.Days = DaysDefault
	}
	if o.Seats == 0 {
		o.Seats = SeatsDefault
	}
	if o.Currency == "" {
		o.Currency = "CNY"
	}
	switch {
	case o.Days < 1 || o.Days > chepiao.DaysMax:
		return o, fmt.Errorf("the number of service days must be 1 to %d, not %d", chepiao.DaysMax, o.Days)
	case o.Seats < 1 || o.Seats > chepiao.SeatsMax:
		return o, fmt.Errorf("the number of seats must be 1 to %d, not %d", chepiao.SeatsMax, o.Seats)
	}
	return o, nil
}

// reading is the state of one Read. Rows refer to each other by index, so that
// hundreds of thousands of stop times stay small.
type reading struct {
	tables *tables
	o      Options
	rep    *Report

	zone     *time.Location
	feedName string
	carriers []chepiao.Carrier

	stops   []stop
	stopIDs ids

	routes    []route
	routeIDs  ids
	networkOf map[string]string // route_id to network_id

	services   []service
	serviceIDs ids
	shift      int // weeks

	vehicles   []chepiao.VehicleType
	listed     map[string]bool // vehicle types with a row of their own
	vehicleIDs ids

	trips   []trip
	tripIDs ids
	calls   []call // of all trips, in order of trip and sequence

	unit float64 // metres in one unit of shape_dist_traveled; 0: do not use

	built []built
}

// ids gives each id of a table its index; -1 stands for a row left out.
type ids map[string]int32

// leftOut is the index of a row that exists but was left out on purpose.
const leftOut = -1

var errTooMany = errors.New("too many rows")

// readAgencies makes the carriers and finds the time zone.
func (r *reading) readAgencies() error {
	seen := map[string]bool{}
	zoneName := ""
	err := r.tables.each("agency.txt", []string{"agency_name", "agency_timezone"}, func(row *row) error {
		c := chepiao.Carrier{Code: row.id("agency_id"), Name: row.text("agency_name"), Phone: row.text("agency_phone")}
		if c.Code == "" {
			c.Code = c.Name
		}
		if c.Name == "" {
			c.Name = c.Code
		}
		if seen[c.Code] {
			row.add(Warning, "duplicate-id", "agency_id", c.Code, "this id has a row already", "the first row stands")
			return nil
		}
		seen[c.Code] = true
		r.carriers = append(r.carriers, c)
		z := row.text("agency_timezone")
		switch {
		case r.zone != nil && z != zoneName:
			row.add(Warning, "timezone", "agency_timezone", z, "not the time zone of the first agency", "all times are read in "+zoneName)
		case r.zone == nil && z != "":
			l, err := time.LoadLocation(z)
			if err != nil || z == "Local" {
				row.add(Error, "timezone", "agency_timezone", z, "no such time zone", "")
				return nil
			}
			r.zone, zoneName = l, z
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(r.carriers) == 0 {
		r.carriers = []chepiao.Carrier{{Code: "carrier", Name: "carrier"}}
		r.rep.add(Error, "no-agency", "agency.txt", 0, "", "", "no agency", `the carrier is called "carrier"`)
	}
	if r.zone == nil {
		l, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			return fmt.Errorf("loading the time zone Asia/Shanghai: %w", err)
		}
		r.zone = l
		r.rep.add(Error, "timezone", "agency.txt", 0, "agency_timezone", "", "no usable time zone", "times are read in Asia/Shanghai")
	}
	return nil
}

// carrier is the code of the carrier with an agency_id.
func (r *reading) carrier(id string, row *row) string {
	if id == "" {
		if len(r.carriers) > 1 {
			row.add(Warning, "no-agency", "agency_id", "", "empty, and the feed has several agencies", "the first agency runs this route")
		}
		return r.carriers[0].Code
	}
	for _, c := range r.carriers {
		if c.Code == id {
			return id
		}
	}
	row.add(Warning, "unknown-id", "agency_id", id, "no such agency", "the first agency runs this route")
	return r.carriers[0].Code
}

func (r *reading) readFeedInfo() error {
	return r.tables.each("feed_info.txt", nil, func(row *row) error {
		if r.feedName == "" {
			r.feedName = row.text("feed_publisher_name")
			r.rep.Version = row.text("feed_version")
		}
		return nil
	})
}
