package ui

import (
	"fmt"
	"net/http"
	"strings"

	"chepiao"
	"chepiao/office"
)

// A form's row may stand for a passenger whom the buyer has saved. The browser then
// has a number and what is masked; name and document are put in here, so that they
// stand in no page.

// Saved are the passengers whom whoever is signed in has saved; none for nobody.
func (k *Kit) Saved(r *http.Request) ([]office.Saved, error) {
	member, ok := k.Member(r)
	if !ok {
		return nil, nil
	}
	list, err := k.Office.SavedPassengers(r.Context(), member)
	if err != nil {
		return nil, fmt.Errorf("reading saved passengers: %w", err)
	}
	return list, nil
}

// FillSaved completes the rows that stand for saved passengers. A row whose
// passenger is not saved any more, or that is somebody else's, becomes empty.
func (f *Form) FillSaved(list []office.Saved) {
	for i := range f.Rows {
		if f.Rows[i].Saved != "" {
			f.Rows[i].fill(list)
		}
	}
}

func (o *Row) fill(list []office.Saved) {
	id, err := chepiao.ParseSavedID(o.Saved)
	o.Saved, o.Name, o.Number, o.Nationality = "", "", "", ""
	if err != nil {
		return
	}
	for _, s := range list {
		if s.ID != id {
			continue
		}
		p := s.Passenger
		o.Saved, o.SavedName, o.SavedNumber = s.ID.String(), p.Name.String(), p.Document.String()
		o.Name, o.Kind, o.Number, o.Nationality = p.Name.Reveal(), string(p.Document.Kind()), p.Document.Reveal(), p.Document.Nationality()
		o.Phone = cmpOr(o.Phone, p.Phone.Reveal())
	}
}

// PickSaved carries out the buttons of saved passengers: "saved.SP…" puts one into
// the first empty row, or a new one while there is room; "unsave.2" empties a row.
// Other acts are not its own.
func (f *Form) PickSaved(act string, list []office.Saved, most int) {
	what, which, _ := strings.Cut(act, ".")
	switch what {
	case "saved":
		place := -1
		for i, o := range f.Rows {
			if o.Saved == which {
				return // travels already
			}
			if place < 0 && o.Saved == "" && o.Name == "" && o.Number == "" && !o.Dependent() {
				place = i
			}
		}
		if place < 0 && len(f.Rows) < most {
			place, f.Rows = len(f.Rows), append(f.Rows, Row{Kind: string(chepiao.ResidentID)})
		}
		if place >= 0 {
			f.Rows[place].Saved = which
			f.Rows[place].fill(list)
		}
	case "unsave":
		for i := range f.Rows {
			if fmt.Sprint(i) == which {
				f.Rows[i] = Row{I: i, Kind: string(chepiao.ResidentID), Ticket: f.Rows[i].Ticket}
			}
		}
	}
}
