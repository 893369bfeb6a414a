package alone

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

// Verify reads a voucher: its claims where the signature is right, and why it does
// not pass, where it does not.
type Verify func(code string, now time.Time) (*chepiao.Claims, *chepiao.Refusal)

// Gate is a list ready to be asked, with what passed since it was made.
type Gate struct {
	list     List
	zone     *time.Location
	verify   Verify
	byID     map[chepiao.TicketID]int32
	byPerson map[chepiao.PersonToken][]int32
	children map[chepiao.TicketID][]int32
	byRun    map[chepiao.DepartureID]int
	passed   map[chepiao.TicketID]pass
}

type pass struct {
	at     time.Time
	device string
	on     int // position of its departure, -1: not listed
}

// Head is what the gate's screen says of its list.
type Head struct {
	Version    string    `json:"version"`
	Made       time.Time `json:"made"`
	Tickets    int       `json:"tickets"`
	Departures int       `json:"departures"`
}

// OpenSigned is Open for who makes the verifier of the public keys in the list.
func OpenSigned(data []byte, with func(keys []byte) (Verify, error)) (*Gate, Head, error) {
	g, err := Open(data, nil)
	if err != nil {
		return nil, Head{}, err
	}
	if g.verify, err = with(g.list.Keys); err != nil {
		return nil, Head{}, fmt.Errorf("reading a gate's list: its public keys: %w", err)
	}
	return g, Head{g.list.Version, g.list.Made, g.list.Len(), len(g.list.Departures)}, nil
}

// Open reads a list. It checks everything that a later question relies on, so
// that a damaged list is refused here and never in front of a passenger.
func Open(data []byte, verify Verify) (*Gate, error) {
	g := &Gate{verify: verify, byRun: map[chepiao.DepartureID]int{}, children: map[chepiao.TicketID][]int32{}, passed: map[chepiao.TicketID]pass{}}
	if err := json.Unmarshal(data, &g.list); err != nil {
		return nil, fmt.Errorf("reading a gate's list: %w", err)
	}
	l := &g.list
	if len(l.Tickets)%recordSize != 0 || len(l.Key) < 16 {
		return nil, fmt.Errorf("reading a gate's list: %d bytes of tickets, a key of %d", len(l.Tickets), len(l.Key))
	}
	g.zone = time.FixedZone("", l.Zone)
	for _, r := range l.Rules {
		if r.Rules == nil {
			return nil, fmt.Errorf("reading a gate's list: rules %d are missing", r.Version)
		}
		r.Rules.Version = r.Version
	}
	for i, d := range l.Departures {
		if d.Rules < 0 || d.Rules >= len(l.Rules) {
			return nil, fmt.Errorf("reading a gate's list: departure %s has no rules", d.ID)
		}
		g.byRun[d.ID] = i
	}
	g.byID = make(map[chepiao.TicketID]int32, l.Len())
	g.byPerson = make(map[chepiao.PersonToken][]int32, l.Len())
	for i := range l.Len() {
		b := l.Tickets[i*recordSize:][:recordSize]
		if int(binary.BigEndian.Uint16(b[32:])) >= len(l.Departures) || int(b[42]) >= len(states) || int(binary.BigEndian.Uint16(b[36:])) > len(l.Devices) {
			return nil, fmt.Errorf("reading a gate's list: record %d is damaged", i)
		}
		g.byID[chepiao.TicketID(binary.BigEndian.Uint64(b))] = int32(i)
		if who := chepiao.PersonToken(b[16:32]); !who.IsZero() {
			g.byPerson[who] = append(g.byPerson[who], int32(i))
		}
		if adult := chepiao.TicketID(binary.BigEndian.Uint64(b[8:])); adult != 0 {
			g.children[adult] = append(g.children[adult], int32(i))
		}
	}
	return g, nil
}

// Passed tells the gate of a passage that the list does not know of yet. It is
// told again after a reload: a ticket passes alone once, whatever happens.
func (g *Gate) Passed(id chepiao.TicketID, at time.Time, device string) {
	if _, twice := g.passed[id]; twice {
		return
	}
	on := -1
	if i, ok := g.byID[id]; ok {
		var t chepiao.Ticket
		t, on = g.list.ticket(int(i))
		if t.State != chepiao.TicketChecked && t.State != chepiao.TicketDeparted && t.Seat > 0 {
			g.list.Departures[on].Checked++
		}
	}
	g.passed[id] = pass{at, device, on}
}

// Ask is what a gate has read, in the words of the door's check.
type Ask struct {
	Code        string             `json:"code,omitempty"`
	Ticket      string             `json:"ticket,omitempty"`
	After       string             `json:"after,omitempty"` // ticket that waits for its document
	Document    string             `json:"document,omitempty"`
	Number      string             `json:"number,omitempty"`
	Nationality string             `json:"nationality,omitempty"`
	Seen        string             `json:"seen,omitempty"`     // a clerk looked at this kind of document, and confirms
	Override    string             `json:"override,omitempty"` // a supervisor's reason to let the passenger through
	Children    string             `json:"children,omitempty"` // not "": the children of this ticket pass with it
	Gate        string             `json:"gate,omitempty"`
	Place       chepiao.CheckPlace `json:"place,omitempty"`
	Device      string             `json:"device"`
	Departure   string             `json:"departure,omitempty"`
	Now         int64              `json:"now"` // ms since 1970, by the node's clock as last measured
}

// Levels at which a gate decides.
const (
	ByList      = "list"
	BySignature = "signature"
)

// Answer is the gate's, with what its screen shows.
type Answer struct {
	Verdict   chepiao.Verdict `json:"verdict"`
	Level     string          `json:"level"`
	Ticket    string          `json:"ticket,omitempty"`
	Seat      int             `json:"seat,omitempty"`
	Number    string          `json:"number,omitempty"`
	Departs   string          `json:"departs,omitempty"` // 15:04
	ToZH      string          `json:"to_zh,omitempty"`
	ToEN      string          `json:"to_en,omitempty"`
	Confirmed bool            `json:"confirmed,omitempty"` // another gate may have passed it too
	Hand      bool            `json:"hand,omitempty"`      // a clerk may look at the document instead
	Override  bool            `json:"override,omitempty"`  // a supervisor may let the passenger through
	With      []string        `json:"with,omitempty"`      // children's tickets that pass together
	Method    chepiao.Method  `json:"method,omitempty"`
}

// Decide is the check of this gate. A ticket that it lets pass is not written
// down yet, nor the children's that pass with it: the gate calls Passed once its own
// record of each is safe. Whether a supervisor stands there the page knows.
func (g *Gate) Decide(in Ask) Answer {
	now := time.UnixMilli(in.Now)
	s := chepiao.Scan{Station: g.list.Station, Place: in.Place, Gate: in.Gate, Device: in.Device, Seen: in.Seen != ""}
	s.Departure, _ = chepiao.ParseDepartureID(in.Departure)
	if in.Override != "" {
		s.Override = &chepiao.Override{By: in.Device, Reason: in.Override}
	}
	id, claims, refusal := g.find(in, &s, now)
	if refusal != nil {
		v := chepiao.Verdict{Reason: refusal.Reason, Light: chepiao.Amber, Sound: chepiao.SoundWait, ZH: refusal.ZH, EN: refusal.EN}
		v.Next = chepiao.Step{ZH: "请检查输入后重试", EN: "Check the input and try again"}
		return Answer{Verdict: v, Level: ByList}
	}
	if in.Seen != "" {
		s.Method = chepiao.ByHand
	}
	i, listed := g.byID[id]
	switch {
	case listed: // then its signature only names it: a voucher of a revoked key passes if it is listed
		if claims != nil {
			s.Unread = nil
		}
		return g.listed(int(i), s, in.Children != "", now)
	case claims != nil && s.Unread == nil:
		return g.signed(*claims, s, now)
	}
	f := chepiao.Facts{Now: now, Zone: g.zone, Rules: g.anyRules()}
	return Answer{Verdict: chepiao.CheckAlone(chepiao.Ticket{}, s, f, false, false), Level: ByList, Method: s.Method}
}

// find names the ticket that is meant and adds to the scan what was read, as the
// node's own finding does.
func (g *Gate) find(in Ask, s *chepiao.Scan, now time.Time) (id chepiao.TicketID, claims *chepiao.Claims, refusal *chepiao.Refusal) {
	method := chepiao.ByDocument
	if in.Number != "" {
		doc, err := chepiao.NewDocument(chepiao.DocumentKind(in.Document), in.Number, in.Nationality, chepiao.DayOf(now.In(g.zone)))
		if err != nil {
			return 0, nil, chepiao.AsRefusal(err)
		}
		s.HasDocument, s.Document = true, chepiao.TokenOf(g.list.Key, doc)
	}
	switch {
	case in.Code != "":
		method = chepiao.ByVoucher
		if claims, s.Unread = g.verify(in.Code, now); claims != nil {
			id, s.Version = claims.Ticket, claims.Version
		}
	case in.Ticket != "":
		method = chepiao.ByNumber
		var err error
		if id, err = chepiao.ParseTicketID(in.Ticket); err != nil {
			return 0, nil, chepiao.AsRefusal(err)
		}
	case s.HasDocument:
		if id = g.ofPerson(*s, now); id == 0 && in.After != "" {
			id, _ = chepiao.ParseTicketID(in.After)
		}
	default:
		return 0, nil, chepiao.Refuse(chepiao.Invalid, "请扫码，或输入票号、证件号", "scan a code, or type a ticket or document number").At("code")
	}
	s.Method = method
	return id, claims, nil
}

// ofPerson chooses among a document's tickets the one that this gate means.
func (g *Gate) ofPerson(s chepiao.Scan, now time.Time) chepiao.TicketID {
	var all []chepiao.Candidate
	for _, i := range g.byPerson[s.Document] {
		t, on := g.ticket(int(i))
		f := g.facts(t, on, s, now)
		all = append(all, chepiao.Candidate{Ticket: t, Verdict: chepiao.Check(t, s, f), Away: max(f.Departs.Sub(now), now.Sub(f.Last))})
	}
	if i := chepiao.ChooseTicket(all, s.Departure); i >= 0 {
		return all[i].Ticket.ID
	}
	return 0
}

// ticket is a listed ticket with what has passed here since.
func (g *Gate) ticket(i int) (chepiao.Ticket, int) {
	t, on := g.list.ticket(i)
	if p, ok := g.passed[t.ID]; ok && t.State == chepiao.TicketValid {
		t.State, t.CheckedAt, t.CheckedBy = chepiao.TicketChecked, p.at, p.device
	}
	return t, on
}
