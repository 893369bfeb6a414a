package desk

import (
	"fmt"
	"net/http"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// facesPage is what looks at faces came to at a station: how often each gate sent
// somebody to the staff, and at which distance its passengers are told apart.
type facesPage struct {
	Station *chepiao.Station
	On      bool
	WalkUp  bool
	From    chepiao.Day
	To      chepiao.Day
	Kept    int // templates in this node's memory
	Report  office.FaceReport
	Points  []facePoint
	Graph   faceGraph
}

// facePoint is what a threshold in force means for those who agreed to be counted.
type facePoint struct {
	Rule     string // name of the rule
	At       int    // thousandths
	Genuine  chepiao.FaceShare
	Impostor chepiao.FaceShare
}

// faceGraph is the picture: two outlines over the distance, as points of an SVG
// polygon of 120 by 50, and where the thresholds stand.
type faceGraph struct {
	Genuine, Impostor string
	Lines             []faceLine
}

type faceLine struct {
	X    int
	Side string // to which side its figure is written: end or start
	Rule string
	At   string // 0.500
}

// facesPast is how many days the page looks back.
const facesPast = 30

func (p *Pages) faceRoutes() map[string]page {
	return map[string]page{"GET " + home + "/faces": {ident.Review, p.faces}}
}

func (p *Pages) faces(w http.ResponseWriter, r *http.Request) {
	page := facesPage{Station: p.Place(w, r), To: p.Today()}
	if page.Station == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	page.From = page.To - facesPast + 1
	rules := p.Office.RulesAt(p.Now(), chepiao.Where{Station: page.Station.Code})
	page.On, page.WalkUp, page.Kept = rules.FaceUse, rules.FaceUse && rules.FaceWalkUp, p.Office.FacesKept()
	var err error
	if page.Report, err = p.Office.FaceReport(r.Context(), page.Station.No, page.From, page.To); err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Graph = faceGraph{Genuine: outline(page.Report.Genuine), Impostor: outline(page.Report.Impostor)}
	for _, at := range []struct {
		rule string
		at   int
		side string
	}{{"face_claimed", rules.FaceClaimed, "start"}, {"face_few_claimed", rules.FaceFewClaimed, "end"}} {
		page.Points = append(page.Points, facePoint{at.rule, at.at, page.Report.Genuine.Within(at.at), page.Report.Impostor.Within(at.at)})
		page.Graph.Lines = append(page.Graph.Lines, faceLine{at.at / 10, at.side, at.rule, distance(at.at)})
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "faces", page)
}

// outline draws a spread, its tallest bucket as high as the picture.
func outline(s chepiao.FaceSpread) string {
	most := s.Most()
	if most == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("0,50")
	for i, n := range s {
		y := 50 - 48*float64(n)/float64(most)
		fmt.Fprintf(&b, " %d,%.1f %d,%.1f", i, y, i+1, y)
	}
	b.WriteString(" 120,50")
	return b.String()
}

// distance prints thousandths as docs/face.md does: 0.500.
func distance(thousandths int) string {
	return fmt.Sprintf("%d.%03d", thousandths/1000, thousandths%1000)
}

// Threshold prints where the point lies.
func (f facePoint) Threshold() string { return distance(f.At) }

// share prints a share with its interval: "85.5 % (81.2–89.0 %, 312/365)".
func share(s chepiao.FaceShare) string {
	if s.Of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %% (%.1f–%.1f %%, %d/%d)", 100*float64(s.N)/float64(s.Of), 100*s.Low, 100*s.High, s.N, s.Of)
}

// TAR and FAR are the shares as the table prints them.
func (f facePoint) TAR() string { return share(f.Genuine) }

// FAR is the share of comparisons with somebody else's template that lie within.
func (f facePoint) FAR() string { return share(f.Impostor) }

// FewGenuine and FewImpostor say that too little was counted.
func (f facePoint) FewGenuine() bool  { return f.Genuine.Few() }
func (f facePoint) FewImpostor() bool { return f.Impostor.Few() }

// Referred is the share of looks of a day that ended with the staff, in percent.
func referred(d office.FaceDay) int {
	if d.Looks() == 0 {
		return 0
	}
	return (100*d.Count[chepiao.FaceReferred] + d.Looks()/2) / d.Looks()
}

// Rows are the gates by day with the share that was referred.
func (f facesPage) Rows() (rows []faceRow) {
	for _, d := range f.Report.Days {
		rows = append(rows, faceRow{d, d.Count[chepiao.FaceGiven], d.Looks(), d.Count[chepiao.FaceAccepted], d.Count[chepiao.FaceWalkedUp], d.Count[chepiao.FaceReferred], referred(d)})
	}
	return rows
}

type faceRow struct {
	office.FaceDay
	Given, Looked, Accepted, WalkedUp, Referred, Percent int
}
