package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/office"
	"chepiao/watch"
)

// codeRate bounds the codes that one address may have sent: each is a text to
// somebody's phone.
var codeRate = watch.Rate{PerSecond: 1.0 / 60, Burst: 20, Loopback: true}

// memberSecurity: the session of a member, as Bearer.
var memberSecurity = []map[string][]string{{"member": {}}}

// members puts up passengers' accounts. Nothing else needs one.
func (d *door) members() {
	d.codes = watch.NewClients(codeRate, d.Now)
	put := func(id, method, path, summary, text string, status int) huma.Operation {
		o := huma.Operation{OperationID: id, Method: method, Path: "/members" + path, Tags: []string{"members"}, Summary: summary, Description: text, DefaultStatus: status}
		if strings.HasPrefix(path, "/me") {
			o.Security = memberSecurity
		}
		return o
	}
	const fresh = "Only within ten minutes of signing in, else 401: sign in again."
	register(d, put("askCode", http.MethodPost, "/codes", "Send a code to a phone", "The answer is the same whether the phone has an account or not. One a minute and ten a day to a phone.", 204), d.askCode)
	register(d, put("memberSignIn", http.MethodPost, "/sessions", "Sign a member in", "By the phone and the code that was sent there, or by the token of a national network identity. Who signs in for the first time has an account by it.", 201), d.memberSignIn)
	register(d, put("memberSignOut", http.MethodPost, "/me/out", "Sign out, here or everywhere", "", 204), d.memberSignOut)
	register(d, put("getMember", http.MethodGet, "/me", "Who is signed in", "", 200), d.getMember)
	register(d, put("memberOrders", http.MethodGet, "/me/orders", "Orders of a member", "Newest first, with their keys.", 200), d.memberOrders)
	register(d, put("addOrder", http.MethodPost, "/me/orders", "Add an order that was bought without an account", "Whoever holds its key may; one that belongs to somebody stays theirs.", 204), d.addOrder)
	register(d, put("savedPassengers", http.MethodGet, "/me/passengers", "Saved passengers", "Masked: a hold names them by id.", 200), d.savedPassengers)
	register(d, put("savePassenger", http.MethodPost, "/me/passengers", "Save a passenger, or change one", "", 201), d.savePassenger)
	register(d, put("forgetPassenger", http.MethodDelete, "/me/passengers/{saved}", "Forget a saved passenger", "", 204), d.forgetPassenger)
	register(d, put("memberLooks", http.MethodGet, "/me/looks", "Who looked up the people on a member's tickets", "From purchase until seven days after the journey.", 200), d.memberLooks)
	register(d, put("eraseMember", http.MethodPost, "/me/erase", "Erase the account", "Tickets stay good. "+fresh, 204), d.eraseMember)
}

var (
	noMember = chepiao.Refuse(chepiao.Unauthorized, "请先登录", "this needs a member who has signed in").At("Authorization")
	notFresh = chepiao.Refuse(chepiao.Unauthorized, "请重新登录后再办理", "please sign in again first").At("Authorization")
)

// member is who is signed in, if the request carries a member's session; ok is
// false where it carries none. Refusal Unauthorized for one that has ended.
func (d *door) member(ctx context.Context) (s office.MemberSession, ok bool, err error) {
	token, bearer := strings.CutPrefix(callOf(ctx).r.Header.Get("Authorization"), "Bearer ")
	if !bearer || !strings.HasPrefix(token, office.SessionPrefix) {
		return s, false, nil
	}
	if s, ok, err = d.Office.Session(ctx, d.Now(), token); err == nil && !ok {
		err = noMember
	}
	s.Token = token
	return s, ok, err
}

// mustMember demands one.
func (d *door) mustMember(ctx context.Context) (office.MemberSession, error) {
	s, ok, err := d.member(ctx)
	if err == nil && !ok {
		err = noMember
	}
	return s, err
}

type codeInput struct {
	Body struct {
		Phone string `json:"phone" maxLength:"64"`
		Lang  string `json:"lang,omitempty" enum:"zh,en"`
	} `nameHint:"CodeBody"`
}

func (d *door) askCode(ctx context.Context, in *codeInput) (*struct{}, error) {
	if wait := d.codes.Wait(callOf(ctx).r.RemoteAddr); wait > 0 {
		return nil, callOf(ctx).problem(rateLimited, "", "获取验证码过于频繁，请稍后再试", "too many codes: please slow down").after(wait)
	}
	lang := in.Body.Lang
	if lang == "" {
		lang = "zh"
	}
	return nil, d.Office.AskCode(ctx, d.Now(), in.Body.Phone, lang)
}

type memberSessionInput struct {
	Body struct {
		Phone string `json:"phone,omitempty" maxLength:"64"`
		Code  string `json:"code,omitempty" maxLength:"12"`
		Token string `json:"token,omitempty" maxLength:"1000" doc:"Of a national network identity, instead of phone and code."`
	} `nameHint:"MemberSessionBody"`
}

// MemberSession is an open session. The token is shown this once.
type MemberSession struct {
	Token  string    `json:"token" doc:"To send as Authorization: Bearer."`
	Member string    `json:"member" example:"MB10000000018"`
	Idle   int       `json:"idle_seconds" doc:"It ends when it was not used for so long …"`
	Until  time.Time `json:"until" doc:"… and at this time in any case."`
}

func (d *door) memberSignIn(ctx context.Context, in *memberSessionInput) (*body[MemberSession], error) {
	b := in.Body
	var s office.MemberSession
	var err error
	if b.Token != "" {
		s, err = d.Office.SignInByNetworkID(ctx, d.Now(), b.Token)
	} else {
		s, err = d.Office.SignIn(ctx, b.Phone, b.Code)
	}
	if err != nil {
		return nil, err
	}
	return &body[MemberSession]{MemberSession{s.Token, s.Member.String(), int(chepiao.SessionIdle.Seconds()), d.moment(s.Began.Add(chepiao.SessionLasts))}}, nil
}

func (d *door) memberSignOut(ctx context.Context, in *struct {
	Body struct {
		Everywhere bool `json:"everywhere,omitempty"`
	} `nameHint:"MemberOutBody"`
}) (*struct{}, error) {
	s, err := d.mustMember(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.Everywhere {
		return nil, d.Office.SignOutEverywhere(ctx, s.Member)
	}
	return nil, d.Office.SignOut(ctx, s.Token)
}

// Member is an account.
type Member struct {
	ID    string    `json:"id" example:"MB10000000018"`
	Phone string    `json:"phone,omitempty" doc:"Masked; absent where one signs in by network identity."`
	Since time.Time `json:"since"`
}

func (d *door) getMember(ctx context.Context, _ *struct{}) (*body[Member], error) {
	s, err := d.mustMember(ctx)
	if err != nil {
		return nil, err
	}
	m, phone, err := d.Office.Member(ctx, s.Member)
	if err != nil {
		return nil, err
	}
	return &body[Member]{Member{m.ID.String(), phone.String(), d.moment(m.Created)}}, nil
}

type memberOrders struct {
	Orders []Order `json:"orders"`
	Next   string  `json:"next,omitempty" doc:"Ask with before=… for older ones; absent at the end."`
}

func (d *door) memberOrders(ctx context.Context, in *struct {
	Before string `query:"before" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
}) (*body[memberOrders], error) {
	s, err := d.mustMember(ctx)
	if err != nil {
		return nil, err
	}
	var before chepiao.OrderID
	if in.Before != "" {
		if before, err = chepiao.ParseOrderID(in.Before); err != nil {
			return nil, atField("before", err)
		}
	}
	files, next, err := d.Office.MemberOrders(ctx, s.Member, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := memberOrders{Orders: make([]Order, 0, len(files))}
	for _, f := range files {
		o := d.fileOf(f)
		o.Key = f.Order.Key
		out.Orders = append(out.Orders, o)
	}
	if next != 0 {
		out.Next = next.String()
	}
	return &body[memberOrders]{out}, nil
}

func (d *door) addOrder(ctx context.Context, in *struct {
	Body struct {
		Order string `json:"order" maxLength:"40"`
		Key   string `json:"key" maxLength:"64"`
	} `nameHint:"AddOrderBody"`
}) (*struct{}, error) {
	s, err := d.mustMember(ctx)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseOrderID(in.Body.Order)
	if err != nil {
		return nil, err
	}
	return nil, d.Office.LinkOrder(ctx, s.Member, id, in.Body.Key)
}

func (d *door) eraseMember(ctx context.Context, _ *struct{}) (*struct{}, error) {
	s, err := d.mustMember(ctx)
	if err == nil && !s.Fresh {
		err = notFresh
	}
	if err != nil {
		return nil, err
	}
	return nil, d.Office.EraseMember(ctx, s.Member, "buyer")
}
