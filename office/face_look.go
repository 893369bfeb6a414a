package office

import (
	"cmp"
	"context"
	"slices"

	"chepiao"
	"chepiao/store"
)

// FaceLook is what a gate measured of somebody who gave a face for this ticket, in
// thousandths: the distance to their own template and to everybody else's of the
// departure. It decides nothing here; it is counted where those compared have agreed.
type FaceLook struct {
	Claimed int
	Others  map[chepiao.TicketID]int
}

// faceSample is what of a look, or of one before it, may be counted.
type faceSample struct {
	genuine   int // distance to the own template if this passage goes well, -1: nothing to count
	impostors []int
}

// sample takes what may be counted of a check. A look that ended with the staff counts
// when the document has shown whose ticket it is.
func (k *faceKeeper) sample(id chepiao.TicketID, look *FaceLook) (s faceSample) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s.genuine = -1
	own := k.find(id)
	switch {
	case own == nil || !own.counts:
		return s
	case look == nil:
		s.genuine = own.referred
		return s
	}
	s.genuine = look.Claimed
	others := make([]chepiao.TicketID, 0, len(look.Others))
	for other := range look.Others {
		if k := k.find(other); other != id && k != nil && k.counts {
			others = append(others, other)
		}
	}
	slices.Sort(others)
	for _, other := range others {
		s.impostors = append(s.impostors, look.Others[other])
	}
	return s
}

// remember keeps the distance of a look that ended with the staff until the document
// is seen; -1 forgets it.
func (k *faceKeeper) remember(id chepiao.TicketID, claimed int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if own := k.find(id); own != nil {
		own.referred = claimed
	}
}

func (k *faceKeeper) find(id chepiao.TicketID) *faceKept {
	for _, tickets := range k.by {
		if kept := tickets[id]; kept != nil {
			return kept
		}
	}
	return nil
}

// countFace stages what a passage came to.
func (c *checking) countFace(rec chepiao.CheckRecord) {
	count := func(what chepiao.FaceCounted, bucket int) {
		c.tx.CountFace(store.FaceCount{Station: rec.Station, Day: c.office.day(c.tx.Now), Device: rec.Device, What: what, Bucket: bucket})
	}
	passed := rec.Verdict.Pass && !rec.Verdict.Again
	if rec.Method == chepiao.ByFace {
		switch {
		case passed:
			count(chepiao.FaceAccepted, 0)
			if rec.WalkUp {
				count(chepiao.FaceWalkedUp, 0)
			}
		case rec.Verdict.Reason == chepiao.FaceNoMatch:
			count(chepiao.FaceReferred, 0)
		}
		for _, d := range c.sample.impostors {
			count(chepiao.FaceImpostor, chepiao.FaceBucket(d))
		}
	}
	if passed && c.sample.genuine >= 0 {
		count(chepiao.FaceGenuine, chepiao.FaceBucket(c.sample.genuine))
	}
}

// faceSeen remembers, once a check is on the disk, what the next one of this ticket counts.
func (o *Office) faceSeen(e *chepiao.Event, look *FaceLook) {
	claimed := -1
	if look != nil && e.Check.Verdict.Reason == chepiao.FaceNoMatch {
		claimed = look.Claimed
	}
	o.faces.remember(e.Check.Ticket, claimed)
}

// FaceDay is what faces came to at one gate on one day.
type FaceDay struct {
	Day    chepiao.Day
	Device string
	Count  map[chepiao.FaceCounted]int
}

// Looks is how many were looked at.
func (d FaceDay) Looks() int {
	return d.Count[chepiao.FaceAccepted] + d.Count[chepiao.FaceReferred]
}

// FaceReport is what a station's faces came to: its gates by day, the latest first,
// and the distances of those who agreed that theirs are counted.
type FaceReport struct {
	Days     []FaceDay
	Genuine  chepiao.FaceSpread
	Impostor chepiao.FaceSpread
	Consents []store.FaceConsent // the latest of the log, the last first
}

// consentsShown bounds what a report has of the log.
const consentsShown = 50

// FaceReport reads the counts of a station from one day to another.
func (o *Office) FaceReport(ctx context.Context, station chepiao.StationNo, from, to chepiao.Day) (report FaceReport, err error) {
	var list []store.FaceCount
	err = o.store.Read(ctx, func(r *store.Reader) error {
		if list, err = r.FaceCounts(station, from, to); err == nil {
			report.Consents, err = r.FaceConsentsAt(station, consentsShown)
		}
		return err
	})
	for _, c := range list {
		switch bucket := min(max(c.Bucket, 0), chepiao.FaceBuckets-1); c.What {
		case chepiao.FaceGenuine:
			report.Genuine[bucket] += c.N
		case chepiao.FaceImpostor:
			report.Impostor[bucket] += c.N
		default:
			if last := len(report.Days) - 1; last < 0 || report.Days[last].Day != c.Day || report.Days[last].Device != c.Device {
				report.Days = append(report.Days, FaceDay{c.Day, c.Device, map[chepiao.FaceCounted]int{}})
			}
			report.Days[len(report.Days)-1].Count[c.What] += c.N
		}
	}
	slices.SortStableFunc(report.Days, func(a, b FaceDay) int { return cmp.Compare(b.Day, a.Day) })
	return report, err
}
