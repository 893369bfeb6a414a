package chepiao

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ConflictID is the number of a conflict. It prints as CF, the digits and a check
// digit.
type ConflictID int64

func (id ConflictID) String() string { return printNumber("CF", int64(id)) }

// ParseConflictID reads a conflict's number. Refusal Invalid.
func ParseConflictID(s string) (ConflictID, error) {
	n, err := parseNumber("CF", s, "conflict")
	return ConflictID(n), err
}

func (id ConflictID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *ConflictID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseConflictID(string(b))
	return err
}

// ConflictKind is what two nodes do not agree about.
type ConflictKind string

// The kinds of conflicts.
const (
	ConflictChain   ConflictKind = "chain"   // a parcel does not follow from those before it: the feed stands still
	ConflictLost    ConflictKind = "lost"    // a node no longer has entries that its peer has heard: an old copy was put in its place
	ConflictStuck   ConflictKind = "stuck"   // a parcel follows, and cannot be carried out here
	ConflictTwice   ConflictKind = "twice"   // one person has tickets of two holders for journeys that overlap
	ConflictRevoked ConflictKind = "revoked" // a revoked node brings entries: they are refused, and listed
)

// Conflict (节点冲突) is something that two nodes know differently and that no rule
// may decide: a person looks at it. Nothing of it ever moves money or a seat by itself.
type Conflict struct {
	ID      ConflictID    `json:"id"`
	Kind    ConflictKind  `json:"kind"`
	Node    NodeNo        `json:"node"`              // whose entries they are
	Here    NodeNo        `json:"here"`              // that noticed
	Lane    int64         `json:"lane,omitempty"`    // of the entries
	N       int64         `json:"n,omitempty"`       // chain, stuck: of the first parcel that was not taken in; lost: of the last that is there
	Heard   int64         `json:"heard,omitempty"`   // lost: how far the peer has heard
	Why     *Refusal      `json:"why,omitempty"`     // stuck: what the parcel met here
	Tickets []TicketID    `json:"tickets,omitempty"` // twice: both
	Refused []RefusedWord `json:"refused,omitempty"` // revoked: what was brought
	Since   time.Time     `json:"since"`
	Closed  time.Time     `json:"closed,omitzero"`
	How     ConflictEnd   `json:"how,omitempty"`
	Note    string        `json:"note,omitempty"` // of who closed it
	By      string        `json:"by,omitempty"`
	Version int64         `json:"version"`
}

// ConflictEnd is how a conflict ended.
type ConflictEnd string

// How conflicts end.
const (
	EndedByItself ConflictEnd = "itself" // it is no more: the chain holds again, one of the tickets has ended
	EndedByPerson ConflictEnd = "person" // somebody has looked at it
)

// RefusedWord is an entry that a revoked node brought: what it says has not happened
// here, and may have been made up by whoever has its key.
type RefusedWord struct {
	Lane      int64     `json:"lane"`
	N         int64     `json:"n"`
	At        time.Time `json:"at"`
	Kind      EventKind `json:"kind"`
	Aggregate string    `json:"aggregate"`
}

// RefusedMost bounds the entries of a revoked node that are listed.
const RefusedMost = 100

// Bring adds what a revoked node has brought since, each once; it stands again then.
func (c Conflict) Bring(words []RefusedWord) (more Conflict, grew bool) {
	c.Refused = slices.Clone(c.Refused)
	for _, w := range words {
		known := slices.ContainsFunc(c.Refused, func(k RefusedWord) bool { return k.Lane == w.Lane && k.N == w.N })
		if !known && len(c.Refused) < RefusedMost {
			c.Refused, grew = append(c.Refused, w), true
		}
	}
	if grew {
		c.Closed, c.How, c.Note, c.By = time.Time{}, "", "", ""
		c.Version++
	}
	return c, grew
}

// Standing says that a person still has to look.
func (c Conflict) Standing() bool { return c.Closed.IsZero() }

// What names the thing itself, so that it is opened once however often it is met.
func (c Conflict) What() string {
	switch c.Kind {
	case ConflictTwice:
		words := []string{string(c.Kind)}
		for _, t := range c.Tickets {
			words = append(words, t.String())
		}
		return strings.Join(words, " ")
	case ConflictRevoked:
		return fmt.Sprintf("%s %d", c.Kind, c.Node)
	}
	return fmt.Sprintf("%s %d %d %d %d %d", c.Kind, c.Here, c.Node, c.Lane, c.N, c.Heard)
}

// NewTwice is the conflict of two tickets of one person, the lower number first.
func NewTwice(one, two TicketID) Conflict {
	return Conflict{Kind: ConflictTwice, Node: NodeOf(int64(max(one, two))), Tickets: []TicketID{min(one, two), max(one, two)}}
}

// Close ends a conflict. Refusal WrongState when it has ended.
func (c Conflict) Close(how ConflictEnd, note, by string, at time.Time) (Conflict, error) {
	if !c.Standing() {
		return c, Refuse(WrongState, "该冲突已处理", "this conflict is settled already").At("conflict")
	}
	c.Closed, c.How, c.Note, c.By = at, how, note, by
	c.Version++
	return c, nil
}

// The journal's words for conflicts; Event.Conflict is the conflict as it stands.
const (
	ConflictWasFound  EventKind = "conflict_found"
	ConflictWasClosed EventKind = "conflict_closed"
)

// OrderWasTakenOver is the journal's word for an order of a revoked node that the hub
// owns from then on, by a person's word.
const OrderWasTakenOver EventKind = "order_taken_over"
