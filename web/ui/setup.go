package ui

import (
	"fmt"
	"net/http"

	"chepiao"
	"chepiao/ident"
)

// setUpPage asks the first administrator who they are, or whoever has a link which
// password they choose.
type setUpPage struct {
	Code  string
	Who   *ident.Staff // whose link it is; nil on the set-up
	No    string
	Name  string
	Notes Notes
}

func (d *Desk) askSetUp(w http.ResponseWriter, r *http.Request) {
	err := d.checkSetUp(r)
	if err != nil {
		d.book.Refused(w, r, err, "/staff")
		return
	}
	d.book.Show(w, r, http.StatusOK, "set_up", setUpPage{Code: r.FormValue("code")})
}

func (d *Desk) checkSetUp(r *http.Request) error {
	if err := d.kit.Limit.Try(r); err != nil {
		return err
	}
	if d.kit.Accounts == nil {
		return chepiao.Refuse(chepiao.NotFound, "本系统不使用员工账号", "this system has no staff accounts")
	}
	return d.kit.Accounts.CheckSetUp(r.FormValue("code"))
}

func (d *Desk) setUp(w http.ResponseWriter, r *http.Request) {
	p := setUpPage{Code: r.PostFormValue("code"), No: r.PostFormValue("staff"), Name: r.PostFormValue("name")}
	err := d.checkSetUp(r)
	if err == nil {
		if err = Twice(r); err == nil {
			act, _ := d.act(r)
			_, err = d.kit.Accounts.SetUp(r.Context(), act, p.Code, chepiao.StaffNo(p.No), p.Name, r.PostFormValue("password"))
		}
	}
	if err != nil {
		d.again(w, r, "set_up", p, err)
		return
	}
	http.Redirect(w, r, "/staff?done=1&next=/staff/accounts", http.StatusSeeOther)
}

// Twice refuses, at again, a password that was typed in two ways.
func Twice(r *http.Request) error {
	if r.PostFormValue("password") != r.PostFormValue("again") {
		return chepiao.Refuse(chepiao.Invalid, "两次输入的密码不同", "these are two different passwords").At("again")
	}
	return nil
}

func (d *Desk) again(w http.ResponseWriter, r *http.Request, page string, p setUpPage, err error) {
	refusal := chepiao.AsRefusal(err)
	if refusal == nil || refusal.Field == "code" || refusal.Field == "" {
		d.book.Refused(w, r, err, "/staff")
		return
	}
	p.Notes = Notes{refusal.Field: refusal}
	d.book.Show(w, r, http.StatusUnprocessableEntity, page, p)
}

// linked is whose link to choose a password by this is.
func (d *Desk) linked(r *http.Request) (p setUpPage, err error) {
	p.Code = r.FormValue("code")
	if err = d.kit.Limit.Try(r); err != nil {
		return p, err
	}
	if d.kit.Accounts == nil {
		return p, chepiao.Refuse(chepiao.NotFound, "本系统不使用员工账号", "this system has no staff accounts")
	}
	who, err := d.kit.Accounts.LinkOf(r.Context(), p.Code)
	p.Who = &who
	return p, err
}

func (d *Desk) askPassword(w http.ResponseWriter, r *http.Request) {
	p, err := d.linked(r)
	if err != nil {
		d.book.Refused(w, r, err, "/staff")
		return
	}
	d.book.Show(w, r, http.StatusOK, "password", p)
}

func (d *Desk) choosePassword(w http.ResponseWriter, r *http.Request) {
	p, err := d.linked(r)
	if err == nil {
		if err = Twice(r); err == nil {
			act, _ := d.act(r)
			if _, err = d.kit.Accounts.Choose(r.Context(), act, p.Code, r.PostFormValue("password")); err != nil && chepiao.AsRefusal(err) == nil {
				err = fmt.Errorf("choosing a password: %w", err)
			}
		}
	}
	if err != nil {
		d.again(w, r, "password", p, err)
		return
	}
	http.Redirect(w, r, "/staff?done=1", http.StatusSeeOther)
}
