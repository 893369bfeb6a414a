package desk

import (
	"net/http"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/locale"
	"chepiao/paper"
	"chepiao/web/ui"
)

// day is the board of today on paper (当日班次表): every departure from the first to the
// last, as it stands now, with room for what somebody writes beside it. It names drivers
// by their numbers and no passenger.
func (p *Pages) day(w http.ResponseWriter, r *http.Request) {
	station := p.Place(w, r)
	if station == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	list, err := p.Office.DayBoard(r.Context(), p.Now(), chepiao.Clock(0).On(p.Today(), p.Office.Timetable().Zone), station.No, boardMost)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	zone := p.Office.Timetable().Zone
	a := paper.Account{Title: "当日班次表 Departures of the day", Signs: []string{"值班调度", "值班站长"}, Printed: paper.Printed{At: p.Now().In(zone), By: ui.By(r), Copy: 1}}
	sum := boardSum{}
	rows := [][]string{{"发车", "班次", "终到站", "检票口", "车辆", "状态", "座位", "已检", "备注"}}
	for _, s := range list {
		if p.DayOf(s.Planned) != p.Today() {
			continue
		}
		row := p.row(s)
		sum.add(row)
		rows = append(rows, dayRow(row))
	}
	a.Facts = [][2]string{
		{"车站", station.Name}, {"日期", p.Today().String()}, {"班次", strconv.Itoa(sum.Departures)}, {"已发", strconv.Itoa(sum.In["left"])}, {"晚点", strconv.Itoa(sum.In["late"])},
		{"停运", strconv.Itoa(sum.In["off"])}, {"旅客", strconv.Itoa(sum.Sold)}, {"已检", strconv.Itoa(sum.Checked)},
	}
	a.Tables = []paper.Table{{Title: "班次 Departures", Rows: rows, Shares: []int{9, 7, 17, 5, 8, 8, 6, 5, 9}}}
	b, err := paper.PDF(paper.A4, a)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="departures-`+p.Today().String()+`.pdf"`)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b) //nolint:errcheck // the reader has gone
}

func dayRow(row boardRow) []string {
	const zh = locale.ZH
	when := row.Departs.Format("15:04")
	if row.Delay != 0 {
		when = row.Planned.Format("15:04") + "→" + when
	} else if row.Flow {
		when += "–" + row.Last.Format("15:04")
	}
	plate, seats, checked := "", strconv.Itoa(row.Load.Riding)+"/"+strconv.Itoa(row.Load.Places), ""
	if row.Report != nil {
		plate = row.Report.Plate
	}
	if row.Sold > 0 {
		checked = strconv.Itoa(row.Checked) + "/" + strconv.Itoa(row.Sold)
	}
	var says []string
	for _, a := range row.Alarms {
		says = append(says, zh.Say("alarm."+string(a)))
	}
	return []string{when, row.Template.Number, row.To.Name, row.Gate, plate, zh.Say("phase." + string(row.Phase)), seats, checked, strings.Join(says, " ")}
}
