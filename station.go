package chepiao

// StationNo is a station's number in its network: given once, never reused.
type StationNo int32

// StationKind says what a boarding place is (客规; JT/T 200 for levels).
type StationKind string

const (
	CoachStation    StationKind = "station"     // 客运站, has a level 1–3
	ConvenienceStop StationKind = "convenience" // 便捷车站
	RoadsideStop    StationKind = "roadside"    // 招呼站
)

// Station is a place where passengers board or alight.
type Station struct {
	No       StationNo   `json:"no"`
	Code     string      `json:"code"` // business code, unique in the network
	Name     string      `json:"name"`
	English  string      `json:"english,omitempty"`
	Pinyin   string      `json:"pinyin,omitempty"`   // "shijiazhuang"
	Initials string      `json:"initials,omitempty"` // "sjz"
	Kind     StationKind `json:"kind"`
	Level    int         `json:"level,omitempty"`  // 1..3 for a station, 0 otherwise
	Region   string      `json:"region,omitempty"` // GB/T 2260, six digits
	Address  string      `json:"address,omitempty"`
	Phone    string      `json:"phone,omitempty"` // the station's own, public
	Lat      float64     `json:"lat,omitempty"`   // WGS 84 degrees
	Lon      float64     `json:"lon,omitempty"`
}

// Carrier is the company that runs coaches (承运人).
type Carrier struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
}

// VehicleType is a kind of coach with its seats. Layout has one string a row,
// front first: 's' a seat, '.' no seat (aisle, door, driver). Seats are
// numbered from 1 in reading order. An empty layout means rows of two and two.
type VehicleType struct {
	Code     string   `json:"code"`
	Name     string   `json:"name"`
	Seats    int      `json:"seats"`    // passenger seats, for sale
	Approved int      `json:"approved"` // 核定载客人数, for the legal check; 0 means Seats
	Layout   []string `json:"layout,omitempty"`
	// Share is what the class of this coach is worth, in basis points of the full
	// fare of a plain one; 0 means 10,000. It matters when another coach comes than
	// was sold.
	Share int64 `json:"share,omitempty"`
}

// FareShare is Share with its default.
func (v VehicleType) FareShare() int64 {
	if v.Share == 0 {
		return 10_000
	}
	return v.Share
}

// SeatsMax bounds the numbered seats of one coach.
const SeatsMax = 120

// Rows is the layout as seat numbers, 0 where there is no seat.
func (v VehicleType) Rows() [][]int {
	layout := v.Layout
	if len(layout) == 0 {
		layout = plainLayout(v.Seats)
	}
	n := 0
	rows := make([][]int, 0, len(layout))
	for _, line := range layout {
		row := make([]int, 0, len(line))
		for _, c := range line {
			if c == 's' && n < v.Seats {
				n++
				row = append(row, n)
			} else {
				row = append(row, 0)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// plainLayout seats n passengers two and two, the last row filled to five.
func plainLayout(n int) []string {
	var rows []string
	for n > 5 {
		rows = append(rows, "ss.ss")
		n -= 4
	}
	return append(rows, "sssss"[:n])
}
