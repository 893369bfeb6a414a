package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// Snapshot is the network, the rules and the accounts of staff as a hub has them,
// for its stations: with the hub's own numbers, so that a departure is the same one
// everywhere, and with what was retired, because tickets still name it.
type Snapshot struct {
	Name     string          `json:"name"`
	Zone     string          `json:"zone"`
	Currency string          `json:"currency"`
	Stations []Sent          `json:"stations"`
	Carriers []Sent          `json:"carriers"`
	Vehicles []Sent          `json:"vehicles"`
	Lines    []Sent          `json:"lines"`
	Runs     []Sent          `json:"templates"`
	Sheets   []chepiao.Sheet `json:"sheets"`
	Staff    []Account       `json:"staff,omitempty"`

	Unknown []string `json:"-"` // rules of the hub that this program does not have, as it was read
}

// UnmarshalJSON reads a snapshot of a hub whose program may be newer.
func (s *Snapshot) UnmarshalJSON(b []byte) error {
	type plain Snapshot
	read := struct {
		*plain
		Sheets []json.RawMessage `json:"sheets"`
	}{plain: (*plain)(s)}
	if err := json.Unmarshal(b, &read); err != nil {
		return err
	}
	s.Sheets, s.Unknown = nil, nil
	for _, raw := range read.Sheets {
		sheet, unknown, err := chepiao.ReadSheet(raw)
		if err != nil {
			return err
		}
		s.Sheets, s.Unknown = append(s.Sheets, sheet), append(s.Unknown, unknown...)
	}
	slices.Sort(s.Unknown)
	s.Unknown = slices.Compact(s.Unknown)
	return nil
}

// Sent is one part of the network: its key in the feed it came from and its body.
type Sent struct {
	Key     string          `json:"key,omitempty"`
	Body    json.RawMessage `json:"body"`
	Fares   [][3]int64      `json:"fares,omitempty"` // of a line: from, to, fen
	Hash    []byte          `json:"hash,omitempty"`  // of a template
	Retired bool            `json:"retired,omitempty"`
}

// Account is somebody who may work at the station. Password is what was made of the
// password, never the password.
type Account struct {
	No       chepiao.StaffNo `json:"no"`
	Name     string          `json:"name"`
	Roles    string          `json:"roles"`
	Stations string          `json:"stations"`
	Off      bool            `json:"off,omitempty"`
	Password string          `json:"password"`
	Created  time.Time       `json:"created"`
	Changed  time.Time       `json:"changed"`
	Version  int64           `json:"version"`
}

// Snapshot is what the station of this number works with, and its version: a hash
// of all of it.
func (o *Office) Snapshot(ctx context.Context, station chepiao.StationNo) (s Snapshot, version string, err error) {
	t := o.Timetable()
	s = Snapshot{Name: t.Name, Zone: t.Zone.String(), Currency: t.Currency, Sheets: o.Sheets()}
	if err := s.network(t); err != nil {
		return s, "", err
	}
	code := ""
	if at := t.Station(station); at != nil {
		code = at.Code
	}
	if s.Staff, err = o.staffAt(ctx, code); err != nil {
		return s, "", err
	}
	text, err := json.Marshal(s)
	sum := sha256.Sum256(text)
	return s, hex.EncodeToString(sum[:16]), err
}

func (s *Snapshot) network(t *Timetable) (err error) {
	add := func(list *[]Sent, part Sent, v any) {
		body, wrong := json.Marshal(v)
		if wrong != nil && err == nil {
			err = fmt.Errorf("writing the network for a station: %w", wrong)
		}
		part.Body = body
		*list = append(*list, part)
	}
	stations, lines := turned(t.StationKeys), turned(t.LineKeys)
	for _, v := range t.Stations {
		add(&s.Stations, Sent{Key: stations[v.No]}, v)
	}
	for _, v := range t.Carriers {
		add(&s.Carriers, Sent{}, v)
	}
	for _, v := range t.Vehicles {
		add(&s.Vehicles, Sent{}, v)
	}
	for _, v := range t.Lines {
		part := Sent{Key: lines[v.No]}
		for pair, fen := range v.Fares {
			part.Fares = append(part.Fares, [3]int64{int64(pair.From), int64(pair.To), int64(fen)})
		}
		slices.SortFunc(part.Fares, func(a, b [3]int64) int { return slices.Compare(a[:], b[:]) })
		add(&s.Lines, part, v)
	}
	parts := map[chepiao.TemplateNo]Sent{}
	for key, row := range t.TemplateKeys {
		parts[row.No] = Sent{Key: key, Hash: row.Hash}
	}
	for key, list := range t.RetiredKeys {
		for _, no := range list {
			parts[no] = Sent{Key: key, Hash: []byte{}, Retired: true}
		}
	}
	for _, v := range t.Templates {
		add(&s.Runs, parts[v.No], v)
	}
	return err
}

// staffAt are the accounts of those who may work at a station. Of the others it says
// only that they may not.
func (o *Office) staffAt(ctx context.Context, code string) (list []Account, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for after := chepiao.StaffNo(""); ; {
			rows, err := r.ListStaff(after, staffPage)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, row := range rows {
				after = row.No
				if row.Stations != "" && !slices.Contains(strings.Fields(row.Stations), code) {
					row.Name, row.Password, row.Off = string(row.No), "", true
				}
				list = append(list, Account(row))
			}
		}
	})
	return list, err
}

const staffPage = 500

// Adopt makes a hub's snapshot this station's own. Sale stands still meanwhile.
func (o *Office) Adopt(ctx context.Context, s Snapshot) error {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return fmt.Errorf("adopting the hub's network: %w", err)
	}
	for _, sheet := range s.Sheets {
		if err := sheet.Unread(); err != nil {
			return fmt.Errorf("the hub has rules that this program does not know: upgrade the station: %w", err)
		}
	}
	o.offered.Lock()
	defer o.offered.Unlock()
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		tx.PutNetwork(&chepiao.Network{Name: s.Name, Zone: zone, Currency: s.Currency})
		if err := s.stage(tx); err != nil {
			return err
		}
		if len(s.Sheets) > 0 {
			tx.ReplaceSheets(s.Sheets)
		}
		for _, a := range s.Staff {
			tx.AdoptStaff(store.StaffRow(a))
		}
		return tx.Record("timetable hub", 0, chepiao.Event{Kind: chepiao.TimetableImported, By: relayed, Detail: Imported{Stations: len(s.Stations), Lines: len(s.Lines), Templates: len(s.Runs)}})
	})
	if err != nil {
		return fmt.Errorf("adopting the hub's network: %w", err)
	}
	if err := o.loadRules(ctx); err != nil {
		return err
	}
	return o.loadTimetable(ctx)
}

// stage stages every part of the network.
func (s *Snapshot) stage(tx *store.Tx) error {
	for _, p := range s.Stations {
		if err := adopt(p, func(v chepiao.Station) error { return tx.PutStation(p.Key, v) }); err != nil {
			return err
		}
	}
	for _, p := range s.Carriers {
		if err := adopt(p, tx.PutCarrier); err != nil {
			return err
		}
	}
	for _, p := range s.Vehicles {
		if err := adopt(p, tx.PutVehicle); err != nil {
			return err
		}
	}
	for _, p := range s.Lines {
		err := adopt(p, func(v chepiao.Line) error {
			v.Fares = make(map[chepiao.Pair]chepiao.Money, len(p.Fares))
			for _, f := range p.Fares {
				v.Fares[chepiao.Pair{From: chepiao.StationNo(f[0]), To: chepiao.StationNo(f[1])}] = chepiao.Money(f[2])
			}
			return tx.PutLine(p.Key, v)
		})
		if err != nil {
			return err
		}
	}
	for _, p := range s.Runs {
		hash := p.Hash
		if hash == nil {
			hash = []byte{}
		}
		if err := adopt(p, func(v chepiao.Template) error { return tx.PutTemplate(p.Key, hash, v, p.Retired) }); err != nil {
			return err
		}
	}
	return nil
}

func adopt[T any](p Sent, put func(T) error) error {
	var v T
	if err := json.Unmarshal(p.Body, &v); err != nil {
		return fmt.Errorf("reading a part of the hub's network: %w", err)
	}
	return put(v)
}
