package chepiao

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Vehicle (车辆) is one coach as its carrier registered it: what it is, what it
// may carry, and until when its papers are good. It is named by its plate.
type Vehicle struct {
	Plate    string    `json:"plate"`
	Carrier  string    `json:"carrier"`          // code
	Coach    string    `json:"coach"`            // code of the vehicle type
	Seats    int       `json:"seats"`            // passenger seats
	Approved int       `json:"approved"`         // 核定载客人数
	Papers   []Paper   `json:"papers"`           // each kind once
	Lines    []string  `json:"lines,omitempty"`  // codes of the lines it is assigned to; none: any
	Checked  time.Time `json:"checked,omitzero"` // last safety check (例检) that it passed
	Form     string    `json:"form,omitempty"`   // number of that check's form
	Version  int64     `json:"version"`
}

// Driver (驾驶员) is known by a staff number of the carrier's, never by name.
type Driver struct {
	No      string      `json:"no"`
	Carrier string      `json:"carrier"` // code
	Papers  []Paper     `json:"papers"`
	On      DepartureID `json:"on,omitempty"`     // reported for last
	Departs time.Time   `json:"departs,omitzero"` // when that one leaves
	Version int64       `json:"version"`
}

// Paper is a certificate with the last day on which it is good.
type Paper struct {
	Kind  PaperKind `json:"kind"`
	Until Day       `json:"until"`
}

// PaperKind is a kind of certificate of a vehicle or a driver (requirements 4).
type PaperKind string

// The papers. Those marked must be there; the others only must not have expired.
const (
	RoadPermit    PaperKind = "road_permit"    // 道路运输证, a must
	VehiclePermit PaperKind = "vehicle_permit" // 机动车行驶证, a must
	Insurance     PaperKind = "insurance"      // 承运人责任险, a must
	LineBadge     PaperKind = "line_badge"     // 班车线路标志牌
	Maintenance   PaperKind = "maintenance"    // 二级维护
	Extinguisher  PaperKind = "extinguisher"   // 灭火器
	DriverPermit  PaperKind = "driver_permit"  // 机动车驾驶证, a must
	Qualification PaperKind = "qualification"  // 从业资格证, a must
)

// The papers of a vehicle and of a driver; the first so many must be there.
var (
	vehiclePapers = []PaperKind{RoadPermit, VehiclePermit, Insurance, LineBadge, Maintenance, Extinguisher}
	driverPapers  = []PaperKind{DriverPermit, Qualification}
)

const (
	vehicleMust = 3
	driverMust  = 2
)

var paperWords = map[PaperKind][2]string{
	RoadPermit: {"道路运输证", "road transport permit"}, VehiclePermit: {"行驶证", "vehicle permit"}, Insurance: {"承运人责任险", "carrier's insurance"},
	LineBadge: {"线路标志牌", "line badge"}, Maintenance: {"二级维护", "maintenance"}, Extinguisher: {"灭火器", "fire extinguisher"},
	DriverPermit: {"驾驶证", "driving permit"}, Qualification: {"从业资格证", "qualification"},
}

// PaperKinds are the papers of a vehicle, then those of a driver.
func PaperKinds() []PaperKind { return append(slices.Clone(vehiclePapers), driverPapers...) }

// Text is the paper in words.
func (k PaperKind) Text() (zh, en string) { return paperWords[k][0], paperWords[k][1] }

// FleetNameMax bounds plates, staff numbers and numbers of forms, in characters.
const FleetNameMax = 20

// NewVehicle checks a vehicle as a carrier registers it. Refusals Invalid, at
// the field.
func NewVehicle(v Vehicle) (Vehicle, error) {
	var err error
	if v.Plate, err = fleetName(v.Plate, "plate", "车牌号", "the plate"); err != nil {
		return v, err
	}
	bad := func(field, zh, en string) (Vehicle, error) { return v, Refuse(Invalid, zh, en).At(field) }
	switch {
	case v.Seats < 1 || v.Seats > SeatsMax:
		return bad("seats", fmt.Sprintf("座位数应为 1 到 %d", SeatsMax), fmt.Sprintf("a coach has 1 to %d seats", SeatsMax))
	case v.Approved != 0 && (v.Approved < v.Seats || v.Approved > 2*SeatsMax):
		return bad("approved", "核定载客人数不能少于座位数", "the approved number cannot be below the seats")
	}
	if v.Approved == 0 {
		v.Approved = v.Seats
	}
	v.Plate = PlateOf(v.Plate)
	return v, checkPapers(v.Papers, vehiclePapers)
}

// PlateOf is a plate as it is stored, however it was typed.
func PlateOf(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// NewDriver checks a driver as a carrier registers one. Refusals Invalid, at the
// field.
func NewDriver(d Driver) (Driver, error) {
	var err error
	if d.No, err = fleetName(d.No, "no", "驾驶员工号", "the staff number"); err != nil {
		return d, err
	}
	return d, checkPapers(d.Papers, driverPapers)
}

// NewForm checks the number of a safety check's form. Refusal Invalid.
func NewForm(no string) (string, error) {
	return fleetName(no, "form", "例检单号", "the number of the form")
}

func fleetName(s, field, zh, en string) (string, error) {
	s = strings.Join(strings.Fields(s), "")
	if n := utf8.RuneCountInString(s); n == 0 || n > FleetNameMax || !printable(s) {
		return s, Refuse(Invalid, fmt.Sprintf("%s应为 1 到 %d 个字符", zh, FleetNameMax), fmt.Sprintf("%s has 1 to %d characters", en, FleetNameMax)).At(field)
	}
	return s, nil
}

func checkPapers(papers []Paper, known []PaperKind) error {
	for i, p := range papers {
		twice := slices.ContainsFunc(papers[:i], func(o Paper) bool { return o.Kind == p.Kind })
		if twice || !slices.Contains(known, p.Kind) {
			return Refuse(Invalid, "证件种类有误或重复", "the kind of paper is unknown or given twice").At(fmt.Sprintf("papers[%d].kind", i))
		}
	}
	return nil
}

// Lapsed is the first paper that is missing or not good on a day; ok is false
// when all are good.
func (v Vehicle) Lapsed(day Day) (p Paper, ok bool) {
	return lapsed(v.Papers, vehiclePapers, vehicleMust, day)
}

// Lapsed is the first paper that is missing or not good on a day; ok is false
// when all are good.
func (d Driver) Lapsed(day Day) (p Paper, ok bool) {
	return lapsed(d.Papers, driverPapers, driverMust, day)
}

func lapsed(papers []Paper, known []PaperKind, must int, day Day) (Paper, bool) {
	for i, kind := range known {
		at := slices.IndexFunc(papers, func(p Paper) bool { return p.Kind == kind })
		switch {
		case at < 0 && i < must:
			return Paper{Kind: kind}, true
		case at >= 0 && papers[at].Until < day:
			return papers[at], true
		}
	}
	return Paper{}, false
}

// Facts about vehicles and drivers in the journal.
const (
	VehicleWasRegistered EventKind = "vehicle_registered"
	VehicleWasChecked    EventKind = "vehicle_checked" // 例检
	DriverWasRegistered  EventKind = "driver_registered"
	ReportWasCancelled   EventKind = "report_cancelled"
)
