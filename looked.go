package chepiao

import "time"

// LookWhy is why somebody who works here looked a passenger up.
type LookWhy string

// The reasons of a look-up. Curiosity is none.
const (
	LookPresented LookWhy = "presented" // the passenger stands there, the document was read or shown
	LookAsked     LookWhy = "asked"     // the passenger asked for it from afar, or somebody for them
	LookTrouble   LookWhy = "trouble"   // a complaint, a lost thing, a case to settle
	LookOrder     LookWhy = "authority" // an authority demanded it by law
)

// LookEmergency is why an emergency manifest is taken. Nobody chooses it for another
// look-up, so it is not among LookWhys.
const LookEmergency LookWhy = "emergency"

// LookWhys are all reasons that somebody may choose, the usual one first.
func LookWhys() []LookWhy { return []LookWhy{LookPresented, LookAsked, LookTrouble, LookOrder} }

// ParseLookWhy reads a reason. Refusal Invalid at why.
func ParseLookWhy(s string) (LookWhy, error) {
	for _, w := range LookWhys() {
		if LookWhy(s) == w {
			return w, nil
		}
	}
	return "", Refuse(Invalid, "请说明查询原因", "say why you look this person up").At("why")
}

// LookHow is what a passenger was looked up by.
type LookHow string

// What a passenger is looked up by.
const (
	LookByDocument LookHow = "document"
	LookByPhone    LookHow = "phone"
	LookByName     LookHow = "name"
	LookByManifest LookHow = "manifest" // with everybody else aboard
)

// Looked is a look-up as it is kept: who looked for whom, by what, why, and how
// many tickets it showed. Passengers may see it (PIPL, articles 44 and 45).
type Looked struct {
	At     time.Time   `json:"-"`
	By     string      `json:"-"` // device
	Staff  StaffNo     `json:"-"`
	Where  StationNo   `json:"-"`
	Person PersonToken `json:"person"`
	How    LookHow     `json:"how"`
	Why    LookWhy     `json:"why"`
	Found  int         `json:"found"`
}

// PersonWasLookedUp is the journal's word for a look-up; Detail is a Looked.
const PersonWasLookedUp EventKind = "person_looked_up"

// ManifestWasTaken is the journal's word for an emergency manifest that was taken;
// Detail is a ManifestTaken.
const ManifestWasTaken EventKind = "manifest_taken"

// ManifestTaken is what an emergency manifest said, without whom it named.
type ManifestTaken struct {
	Aboard   int       `json:"aboard"` // people, children included
	Children int       `json:"children,omitempty"`
	Seal     string    `json:"seal"`          // stands on the paper
	Read     time.Time `json:"read,omitzero"` // when a desk opened the copy it held, while the node did not answer
}
