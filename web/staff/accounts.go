package staff

import (
	"net/http"
	"slices"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/web/ui"
)

// listPage is every account, and the form for a new one.
type listPage struct {
	Accounts []ident.Account
	Asked    string // what the list was searched for
	More     bool
	Typed    ident.Staff
	Stations string
	Roles    []ident.StaffRole
	Once     string
	Notes    ui.Notes
	Link     *link // of the account that was just added
}

// link is what its owner needs to choose a password: shown to the administrator, who
// hands it on.
type link struct {
	Who     ident.Staff
	Address string
	Hours   int
}

// Limits of the list: accounts on a page, and read when it is searched.
const (
	listMost  = 200
	searchMax = 10_000
)

func (p *Pages) list(w http.ResponseWriter, r *http.Request) {
	p.showList(w, r, http.StatusOK, listPage{})
}

func (p *Pages) showList(w http.ResponseWriter, r *http.Request, status int, page listPage) {
	page.Asked, page.Roles = strings.TrimSpace(r.URL.Query().Get("q")), ident.StaffRoles()
	most := listMost
	if page.Asked != "" {
		most = searchMax
	}
	list, err := p.Accounts.List(r.Context(), chepiao.StaffNo(r.URL.Query().Get("after")), most+1)
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	if page.Asked != "" {
		list = slices.DeleteFunc(list, func(a ident.Account) bool {
			return !strings.Contains(string(a.No), strings.ToUpper(page.Asked)) && !strings.Contains(a.Name, page.Asked)
		})
	}
	page.More = len(list) > listMost
	page.Accounts = list[:min(len(list), listMost)]
	p.book.Show(w, r, status, "list", page)
}

// read is the account that a form describes. Refusals: Invalid and NotFound at
// staff, roles or stations.
func (p *Pages) read(r *http.Request) (s ident.Staff, err error) {
	s.Name, s.Off = r.PostFormValue("name"), r.PostFormValue("off") != ""
	for _, role := range r.PostForm["roles"] {
		s.Roles = append(s.Roles, ident.StaffRole(role))
	}
	for _, code := range strings.FieldsFunc(r.PostFormValue("stations"), func(c rune) bool { return strings.ContainsRune(" ,,、;;\t\r\n", c) }) {
		station, err := p.Named(code, "", "stations")
		if err != nil {
			return s, err
		}
		s.Stations = append(s.Stations, station.Code)
	}
	return s, nil
}

func (p *Pages) add(w http.ResponseWriter, r *http.Request) {
	s, err := p.read(r)
	s.No = chepiao.StaffNo(r.PostFormValue("staff"))
	var code string
	if err == nil {
		code, err = p.Accounts.Add(r.Context(), p.Act(r), s)
	}
	page := listPage{Notes: ui.Notes{}}
	if err := page.Notes.Add(err); err != nil {
		p.Fault(w, r, err)
		return
	}
	if err != nil {
		page.Typed, page.Stations = s, r.PostFormValue("stations")
		p.showList(w, r, http.StatusUnprocessableEntity, page)
		return
	}
	page.Link = p.link(r, s, code)
	p.showList(w, r, http.StatusOK, page)
}

func (p *Pages) link(r *http.Request, s ident.Staff, code string) *link {
	scheme := "http://"
	if ui.Secure(r) {
		scheme = "https://"
	}
	return &link{s, scheme + r.Host + "/staff/password?code=" + code, int(ident.LinkFor.Hours())}
}

// accountPage is one account with where its owner is signed in and what they did.
type accountPage struct {
	ident.Account
	Station  string // codes, as typed
	AllRoles []ident.StaffRole
	Sessions []ident.Session
	Deeds    []deed
	Keys     int
	Once     string
	Notes    ui.Notes
	Link     *link
	Saved    bool
}

type deed struct {
	ident.Deed
	Place *chepiao.Station
}

func (p *Pages) account(w http.ResponseWriter, r *http.Request) {
	p.showAccount(w, r, http.StatusOK, accountPage{Saved: r.URL.Query().Get("saved") != ""})
}

// showAccount fills the page in; what was typed and refused stands already.
func (p *Pages) showAccount(w http.ResponseWriter, r *http.Request, status int, page accountPage) {
	ctx := r.Context()
	who, err := no(r)
	var found ident.Account
	if err == nil {
		found, err = p.Accounts.Get(ctx, who)
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	if page.Notes == nil {
		page.Account, page.Station = found, strings.Join(found.Stations, " ")
	}
	page.No, page.Ready, page.Created, page.Changed, page.AllRoles = who, found.Ready, found.Created, found.Changed, ident.StaffRoles()
	if page.Sessions, err = p.Accounts.Sessions(ctx, who); err == nil {
		page.Once, err = p.Secret()
	}
	var deeds []ident.Deed
	if err == nil {
		deeds, err = p.Accounts.Deeds(ctx, who)
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, d := range deeds {
		page.Deeds = append(page.Deeds, deed{d, p.Office.Timetable().Station(d.Where)})
	}
	p.book.Show(w, r, status, "account", page)
}

func (p *Pages) change(w http.ResponseWriter, r *http.Request) {
	s, err := p.read(r)
	var who chepiao.StaffNo
	if err == nil {
		who, err = no(r)
		s.No = who
	}
	if err == nil {
		err = p.Accounts.Change(r.Context(), p.Act(r), s)
	}
	if err == nil {
		http.Redirect(w, r, home+"/"+string(who)+"?saved=1", http.StatusSeeOther)
		return
	}
	page := accountPage{Notes: ui.Notes{}, Station: r.PostFormValue("stations")}
	page.Staff = s
	if err := page.Notes.Add(err); err != nil {
		p.Fault(w, r, err)
		return
	}
	p.showAccount(w, r, http.StatusUnprocessableEntity, page)
}

func (p *Pages) reset(w http.ResponseWriter, r *http.Request) {
	who, err := no(r)
	var code string
	if err == nil {
		code, err = p.Accounts.Reset(r.Context(), p.Act(r), who)
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.showAccount(w, r, http.StatusOK, accountPage{Link: p.link(r, ident.Staff{No: who}, code)})
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) {
	who, err := no(r)
	if err == nil {
		err = p.Accounts.EndSession(r.Context(), p.Act(r), who, r.PostFormValue("session"))
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	http.Redirect(w, r, home+"/"+string(who)+"?saved=1", http.StatusSeeOther)
}
