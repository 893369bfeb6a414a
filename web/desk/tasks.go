package desk

import (
	"net/http"
	"strconv"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// tasksPage is the passages at gates that somebody has to look into.
type tasksPage struct {
	Station *chepiao.Station
	Rows    []taskRow
	Next    int64
	Once    string
	Note    *chepiao.Refusal
	At      int64 // the task that the note is about
	Typed   string
	Said    bool
}

type taskRow struct {
	office.Reviewed
	Trip *ui.Trip
}

const tasksMost = 50

func (p *Pages) taskRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/tasks":         {ident.Review, p.tasks},
		"POST " + home + "/tasks/{task}": {ident.Review, p.settle},
	}
}

func (p *Pages) tasks(w http.ResponseWriter, r *http.Request) {
	p.showTasks(w, r, http.StatusOK, tasksPage{Said: r.FormValue("said") != ""})
}

func (p *Pages) showTasks(w http.ResponseWriter, r *http.Request, status int, page tasksPage) {
	page.Station = p.Place(w, r)
	if page.Station == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		after = 0 // from the beginning
	}
	list, err := p.Office.Tasks(r.Context(), p.Today(), page.Station.No, after, tasksMost+1)
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	if len(list) > tasksMost {
		list = list[:tasksMost]
		page.Next = list[tasksMost-1].ID
	}
	for _, one := range list {
		row := taskRow{Reviewed: one}
		if one.Found {
			row.Trip = p.tripOf(one.Run.ID)
		}
		page.Rows = append(page.Rows, row)
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "tasks", page)
}

// settle records what somebody found who looked into a passage.
func (p *Pages) settle(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("task"), 10, 64)
	if err != nil {
		err = chepiao.Refuse(chepiao.NotFound, "没有这条核查记录", "there is no such passage to settle").At("review")
	} else {
		verb := p.verb(r)
		verb.ID += strconv.FormatInt(id, 36) // one page has a form for each
		err = p.Office.SettleTask(r.Context(), verb, id, r.PostFormValue("reason"))
	}
	switch refusal := chepiao.AsRefusal(err); {
	case refusal != nil:
		p.showTasks(w, r, ui.Told(r, refusal), tasksPage{Note: refusal, At: id, Typed: r.PostFormValue("reason")})
	case err != nil:
		p.Fault(w, r, err)
	default:
		http.Redirect(w, r, home+"/tasks?said=1", http.StatusSeeOther)
	}
}
