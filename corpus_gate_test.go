package chepiao_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"chepiao"
)

// gateCase is a passage as testdata/corpus/gate.json writes it. A case says only
// what differs from the base at the top of the file.
type gateCase struct {
	Ticket struct {
		None       bool                `json:"none,omitempty"` // nothing was found
		State      chepiao.TicketState `json:"state"`
		From       chepiao.StationNo   `json:"from"`
		Board      int                 `json:"board"`
		Alight     int                 `json:"alight"`
		Seat       int                 `json:"seat"`
		Free       int                 `json:"free_children"`
		Voucher    int                 `json:"voucher"`
		Person     string              `json:"person"` // a letter names a document; "": sold without one
		Guardian   string              `json:"guardian"`
		CheckedAt  string              `json:"checked_at"`
		CheckedBy  string              `json:"checked_by"`
		Passes     int                 `json:"passes"`
		HallPasses int                 `json:"hall_passes"`
		Moved      bool                `json:"moved"`
	} `json:"ticket"`
	Scan struct {
		Station  chepiao.StationNo  `json:"station"`
		Place    chepiao.CheckPlace `json:"place"`
		Gate     string             `json:"gate"`
		Device   string             `json:"device"`
		Clock    string             `json:"clock"`
		Method   chepiao.Method     `json:"method"`
		Unread   chepiao.Reason     `json:"unread"`
		Version  int                `json:"version"`
		Document string             `json:"document"`
		Expires  string             `json:"expires"`
		Seen     bool               `json:"seen"`
		Name     chepiao.NameMatch  `json:"name"`
		NoMatch  bool               `json:"no_match"`
		Staff    string             `json:"staff_card"` // "known" or "unknown"
		Override string             `json:"override"`
	} `json:"scan"`
	Now      string         `json:"now"`
	RealName bool           `json:"real_name"`
	Offline  bool           `json:"offline"`
	Guardian bool           `json:"guardian_passed"`
	Children int            `json:"children_waiting"`
	Onward   *gateOnward    `json:"onward"`
	Coach    gateCoach      `json:"coach"`
	Other    *gateCoach     `json:"boarding"` // another coach stands at the gate
	Rules    map[string]any `json:"rules"`
}

type gateOnward struct {
	Number  string `json:"number"`
	Departs string `json:"departs"`
	Gate    string `json:"gate"`
}

type gateCoach struct {
	No         int                    `json:"no"`
	Number     string                 `json:"number"`
	Line       chepiao.LineNo         `json:"line"`
	Flow       bool                   `json:"flow"`
	Departs    string                 `json:"departs"`
	Last       string                 `json:"last"`
	Gate       string                 `json:"gate"`
	State      chepiao.DepartureState `json:"state"`
	Left       int                    `json:"left"`
	Dispatched string                 `json:"dispatched"`
	Reported   bool                   `json:"reported"`
	Seats      int                    `json:"seats"`
	Approved   int                    `json:"approved"`
	Checked    int                    `json:"checked"`
	Here       int                    `json:"here"`
	Board      int                    `json:"board"`
	Alight     int                    `json:"alight"`
	Seat       int                    `json:"seat"`
	Free       bool                   `json:"free"`
	Kept       bool                   `json:"kept"`
	Taken      bool                   `json:"taken"`
}

// gateAnswer is the verdict that a case wants; rule is the one that decided.
type gateAnswer struct {
	Pass     bool           `json:"pass"`
	Reason   chepiao.Reason `json:"reason"`
	Light    chepiao.Light  `json:"light"`
	Sound    chepiao.Sound  `json:"sound"`
	Again    bool           `json:"again,omitempty"`
	Move     bool           `json:"move,omitempty"`
	Overrode chepiao.Reason `json:"overrode,omitempty"`
	Rule     string         `json:"rule,omitempty"`
	ZH       string         `json:"zh"`
	EN       string         `json:"en"`
}

// TestCorpusOfTheGate runs testdata/corpus/gate.json: every reason and every
// boundary to the second, for whoever builds a gate.
func TestCorpusOfTheGate(t *testing.T) {
	var corpus struct {
		About string          `json:"about"`
		Base  json.RawMessage `json:"base"`
		Cases []struct {
			Name  string          `json:"name"`
			Input json.RawMessage `json:"input"`
			Want  gateAnswer      `json:"want"`
		} `json:"cases"`
	}
	readCorpus(t, "gate.json", &corpus)
	if len(corpus.Cases) < 120 {
		t.Errorf("%d cases", len(corpus.Cases))
	}
	seen := map[chepiao.Reason]bool{}
	for _, c := range corpus.Cases {
		t.Run(c.Name, func(t *testing.T) {
			var in gateCase
			for _, text := range []json.RawMessage{corpus.Base, c.Input} {
				if err := strict(text, &in); err != nil {
					t.Fatal(err)
				}
			}
			v := chepiao.Check(in.read(t))
			got := gateAnswer{v.Pass, v.Reason, v.Light, v.Sound, v.Again, v.Move, v.Overrode, "", v.ZH, v.EN}
			if v.Because != nil {
				got.Rule = v.Because.Rule
			}
			if got != c.Want {
				t.Errorf("\n got %+v\nwant %+v", got, c.Want)
			}
		})
		seen[c.Want.Reason] = true
	}
	for _, r := range gateReasons {
		if !seen[r] {
			t.Errorf("no case has %s", r)
		}
	}
}

// gateReasons are all that a gate may answer (requirements section 9).
var gateReasons = []chepiao.Reason{
	"OK", "NOT_FOUND", "NOT_REPORTED", "WRONG_DATE", "TOO_EARLY", "DEPARTED", "NO_SHOW", "FLOW_MANUAL", "BAD_QR", "FOREIGN_USED", "WRONG_STATION",
	"ALREADY_USED", "STOPPED", "OVERLOAD", "WRONG_GATE", "STAFF_UNKNOWN", "NEED_ID", "TAMPERED", "FACE_NO_MATCH", "DOC_EXPIRED", "NAME_MISMATCH",
	"REFUNDED", "REBOOKED", "SUSPENDED", "CHILD_NEEDS_ADULT", "VOUCHER_ROTATED", "OFFLINE_ACCEPTED", "CLOCK_DRIFT", "NOT_PAID", "ID_MISMATCH", "WRONG_DEPARTURE",
}

func (c gateCase) read(t *testing.T) (chepiao.Ticket, chepiao.Scan, chepiao.Facts) {
	t.Helper()
	rules := chepiao.DefaultRules()
	if len(c.Rules) > 0 {
		b, err := json.Marshal(c.Rules)
		if err == nil {
			rules, err = chepiao.ParseRules(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	f := chepiao.Facts{
		Now: moment(c.Now), Zone: shanghai, Rules: rules, Coach: c.Coach.read(), RealName: c.RealName, Offline: c.Offline,
		Staff: c.Scan.Staff == "known", Guardian: who(c.Ticket.Guardian), GuardianPassed: c.Guardian, Children: c.Children,
	}
	ticket := chepiao.Ticket{
		ID: 9, Departure: f.ID, State: c.Ticket.State, From: c.Ticket.From, Board: c.Ticket.Board, Alight: c.Ticket.Alight, Seat: c.Ticket.Seat,
		Children: c.Ticket.Free, Person: who(c.Ticket.Person), Voucher: c.Ticket.Voucher, CheckedAt: sometime(c.Ticket.CheckedAt), CheckedBy: c.Ticket.CheckedBy,
		TicketMore: chepiao.TicketMore{Passes: c.Ticket.Passes, HallPasses: c.Ticket.HallPasses, Gone: c.Ticket.Moved},
	}
	if c.Ticket.None {
		ticket = chepiao.Ticket{}
	}
	if c.Ticket.Guardian != "" {
		ticket.Guardian = 8
	}
	if c.Onward != nil {
		f.Onward = &chepiao.Onward{Number: c.Onward.Number, Departs: moment(c.Onward.Departs), Gate: c.Onward.Gate}
	}
	s := chepiao.Scan{
		Station: c.Scan.Station, Place: c.Scan.Place, Gate: c.Scan.Gate, Device: c.Scan.Device, At: sometime(c.Scan.Clock), Method: c.Scan.Method,
		Version: c.Scan.Version, HasDocument: c.Scan.Document != "", Document: who(c.Scan.Document), Seen: c.Scan.Seen, Name: c.Scan.Name, NoMatch: c.Scan.NoMatch,
		StaffCard: c.Scan.Staff != "",
	}
	if c.Scan.Unread != "" {
		s.Unread = chepiao.Refuse(c.Scan.Unread, "无法识别", "it cannot be read")
	}
	if c.Scan.Expires != "" {
		s.Expires = day(c.Scan.Expires)
	}
	if c.Scan.Override != "" {
		s.Override = &chepiao.Override{By: "desk-1", Reason: c.Scan.Override}
	}
	if c.Other != nil {
		other := c.Other.read()
		s.Departure, f.Other = other.ID, &other
	}
	return ticket, s, f
}

func (c gateCoach) read() chepiao.Coach {
	departs := moment(c.Departs)
	last := departs
	if c.Last != "" {
		last = moment(c.Last)
	}
	return chepiao.Coach{
		ID: chepiao.MakeDepartureID(chepiao.TemplateNo(c.No), chepiao.DayOf(departs)), Number: c.Number, Line: c.Line, Flow: c.Flow, Departs: departs, Last: last, Gate: c.Gate,
		State: c.State, Left: c.Left, Dispatched: sometime(c.Dispatched), Reported: c.Reported, Seats: c.Seats, Approved: c.Approved, Checked: c.Checked, Here: c.Here,
		Board: c.Board, Alight: c.Alight, Seat: c.Seat, Free: c.Free, Kept: c.Kept, Taken: c.Taken,
	}
}

// who is the token of a document that a case calls by a letter.
func who(letter string) (token chepiao.PersonToken) {
	copy(token[:], letter)
	return token
}

func sometime(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	return moment(s)
}

// strict lays a JSON object over a value. A member that is not known is an error.
func strict(text json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
