package api

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
)

// StaffPerson is somebody who works here, as they see themselves.
type StaffPerson struct {
	Staff    string   `json:"staff" example:"1001" doc:"The staff number."`
	Name     string   `json:"name"`
	Roles    []string `json:"roles" doc:"clerk, checker, dispatcher, supervisor, administrator."`
	Stations []string `json:"stations" doc:"Business codes; empty: all."`
	May      []string `json:"may" doc:"What may be done at the device that asks."`
}

// SessionBegun is an open session. The token is shown this once.
type SessionBegun struct {
	Token string      `json:"token" doc:"To send as Staff-Session."`
	Idle  int         `json:"idle_seconds" doc:"It ends when it was not used for so long …"`
	Until time.Time   `json:"until" doc:"… and at this time in any case."`
	Who   StaffPerson `json:"who"`
}

type sessionInput struct {
	Body struct {
		Staff    string `json:"staff" maxLength:"20" example:"1001"`
		Password string `json:"password" maxLength:"512"`
	} `nameHint:"SessionBody"`
}

// people puts up signing in and out.
func (d *door) people() {
	register(d, huma.Operation{OperationID: "signIn", Method: http.MethodPost, Path: "/staff/sessions", Tags: []string{"staff"}, DefaultStatus: http.StatusCreated,
		Summary: "Sign somebody in", Description: "By staff number and password, best beside the secret of the device they stand at. After some tries in vain the next has to wait (BUSY). Who has a passkey signs in on the page."}, d.signIn)
	register(d, huma.Operation{OperationID: "signOut", Method: http.MethodPost, Path: "/staff/sessions/end", Tags: []string{"staff"}, Security: staff,
		Summary: "Sign out", DefaultStatus: http.StatusNoContent}, d.signOut)
	register(d, huma.Operation{OperationID: "whoAmI", Method: http.MethodGet, Path: "/staff/me", Tags: []string{"staff"}, Security: staff,
		Summary: "Who has signed in, and what they may do"}, d.whoAmI)
}

func (d *door) signIn(ctx context.Context, in *sessionInput) (*body[SessionBegun], error) {
	no, err := chepiao.ParseStaffNo(in.Body.Staff)
	if err != nil {
		return nil, err
	}
	if d.Accounts == nil {
		return nil, noPerson
	}
	callOf(ctx).r.Header.Del("Staff-Session") // an old one is no hindrance
	a, err := d.actor(ctx)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(callOf(ctx).r.RemoteAddr)
	if err != nil {
		host = callOf(ctx).r.RemoteAddr
	}
	act := ident.Act{By: a.By(), Address: host}
	if s, err := d.Office.Timetable().StationByCode(a.Station(), "station"); err == nil {
		act.Where = s.No
	}
	s, p, err := d.Accounts.SignIn(ctx, act, no, in.Body.Password, a.Device)
	if err == nil && p.Keys {
		err = chepiao.Refuse(chepiao.Unauthorized, "此账号须用通行密钥，请在网页登录", "this account has a passkey: sign in on the page").At("staff")
	}
	if err != nil {
		return nil, err
	}
	a.Staff = &s.Staff
	return &body[SessionBegun]{SessionBegun{
		Token: s.Token, Idle: int(ident.SessionIdle.Seconds()), Until: d.moment(s.Began.Add(ident.SessionMax)), Who: staffPersonOf(a),
	}}, nil
}

func staffPersonOf(a ident.Actor) StaffPerson {
	p := StaffPerson{Staff: string(a.Staff.No), Name: a.Staff.Name, Roles: []string{}, Stations: append([]string{}, a.Staff.Stations...), May: []string{}}
	for _, r := range a.Staff.Roles {
		p.Roles = append(p.Roles, string(r))
	}
	for _, v := range ident.Verbs() {
		if a.May(v) {
			p.May = append(p.May, string(v))
		}
	}
	return p
}

func (d *door) signOut(ctx context.Context, _ *struct{}) (*struct{}, error) {
	a, err := d.actor(ctx)
	if err != nil {
		return nil, err
	}
	if a.Staff == nil {
		return nil, noPerson
	}
	return nil, d.Accounts.SignOut(ctx, ident.Act{By: a.By(), Who: a.Who()}, callOf(ctx).r.Header.Get("Staff-Session"))
}

func (d *door) whoAmI(ctx context.Context, _ *struct{}) (*body[StaffPerson], error) {
	a, err := d.actor(ctx)
	if err != nil {
		return nil, err
	}
	if a.Staff == nil {
		return nil, noPerson
	}
	return &body[StaffPerson]{staffPersonOf(a)}, nil
}
