package account_test

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/message"
	"chepiao/message/smsgate"
	"chepiao/office"
	"chepiao/realname"
	"chepiao/realname/register"
	"chepiao/web/stage"
)

var key = []byte("a key that both sides share, 32.")

const phone = "13812345678"

// visitor is a passenger's browser before the pages of a node with a practice SMS
// gateway and a practice register.
type visitor struct {
	*stage.Stage
	t    *testing.T
	gate *smsgate.Server
	reg  string // address of the register
}

func visit(t *testing.T, lang string) *visitor {
	t.Helper()
	v := &visitor{t: t}
	clock := func() time.Time { return stage.Begin }
	var err error
	if v.gate, err = smsgate.New(smsgate.Options{Now: clock, Key: key}); err != nil {
		t.Fatal(err)
	}
	reg, err := register.New(register.Options{Now: clock, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	sms, names := httptest.NewServer(v.gate), httptest.NewServer(reg)
	t.Cleanup(sms.Close)
	t.Cleanup(names.Close)
	v.reg = names.URL
	gateway, err := message.NewGateway(message.Config{URL: sms.URL, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	client, err := realname.NewClient(realname.Config{URL: names.URL, Key: key, Rand: crand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	v.Stage = stage.Open(t, stage.Options{Gateway: gateway, Names: client})
	v.Lang = lang
	return v
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

func (v *visitor) code() string {
	texts := v.gate.Texts()
	return sixDigits.FindString(texts[len(texts)-1].Text.Text)
}

// keep keeps the cookies of an answer, as a browser does.
func (v *visitor) keep(p stage.Page) stage.Page {
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		v.Cookies = append(v.Cookies, c)
	}
	return p
}

func (v *visitor) signIn() {
	v.t.Helper()
	v.Post("/me/code", url.Values{"phone": {phone}}).Want(200, `name="code"`)
	page := v.Post("/me/sign-in", url.Values{"phone": {phone}, "code": {v.code()}})
	if page.Location() != "/me" {
		v.t.Fatalf("on to %s", page.Location())
	}
	c := page.Header.Get("Set-Cookie")
	for _, must := range []string{"me=cpm_", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(c, must) {
			v.t.Errorf("the cookie lacks %s", must)
		}
	}
	v.keep(page)
}

func person(n int) url.Values {
	name, number := demo.Person(777_000 + n)
	return url.Values{"name": {name}, "kind": {"resident_id"}, "number": {number}, "phone": {"13900001111"}}
}

func TestPagesLookAsAgreed(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		v := visit(t, lang)
		if to := v.Get("/me/passengers").Location(); to != "/me/sign-in?next=%2Fme%2Fpassengers" {
			t.Errorf("nobody is sent to %s", to)
		}
		v.Get("/me/sign-in").Want(200).Lacks(`name="code"`).Golden("sign-in-" + lang)
		v.Post("/me/code", url.Values{"phone": {"12"}}).Want(422).Golden("sign-in-wrong-" + lang)
		v.Post("/me/code", url.Values{"phone": {phone}}).Want(200).Golden("code-" + lang)
		v.Post("/me/sign-in", url.Values{"phone": {phone}, "code": {"xxxxxx"}}).Want(422, `id="code-note" role="alert"`).Golden("code-wrong-" + lang)
		v.keep(v.Post("/me/sign-in", url.Values{"phone": {phone}, "code": {v.code()}}))
		v.Get("/me").Want(200).Golden("orders-none-" + lang)
		v.Get("/me/passengers").Want(200).Golden("passengers-none-" + lang)
		v.Post("/me/passengers", url.Values{"name": {"张3"}, "kind": {"resident_id"}, "number": {"1"}}).Want(422).Golden("passengers-wrong-" + lang)
		if to := v.Post("/me/passengers", person(1)).Location(); to != "/me/passengers" {
			t.Error(to)
		}
		v.Get("/me/passengers").Want(200, "139****1111").Golden("passengers-" + lang)
		v.Get("/me/messages").Want(200).Golden("messages-none-" + lang)
		v.Get("/me/looks").Want(200).Golden("looks-none-" + lang)
		v.Get("/me/data").Want(200).Golden("data-" + lang)
		v.Post("/me/erase", url.Values{}).Want(422).Golden("erase-unsure-" + lang)
		v.Post("/me/erase", url.Values{"sure": {"1"}}).Want(200).Golden("erased-" + lang)
		v.Get("/me").Location()
	}
}

// TestOneMemberSeesNothingOfAnother: neither by number nor by a form.
func TestOneMemberSeesNothingOfAnother(t *testing.T) {
	v := visit(t, "zh")
	v.signIn()
	v.Post("/me/passengers", person(1)).Location()
	theirs := regexp.MustCompile(`/me/passengers/(SP[0-9]+)`).FindStringSubmatch(v.Get("/me/passengers").Body)[1]
	v.Get("/me/passengers/"+theirs).Want(200, `name="saved"`).Lacks(person(1).Get("number"))
	v.Cookies = nil
	if to := v.Get("/me").Location(); to != "/me/sign-in?next=%2Fme" {
		t.Error(to)
	}
	v.Post("/me/code", url.Values{"phone": {"13900002222"}}).Want(200)
	v.keep(v.Post("/me/sign-in", url.Values{"phone": {"13900002222"}, "code": {v.code()}}))
	v.Get("/me/passengers/" + theirs).Want(404)
	f := person(2)
	f.Set("saved", theirs)
	v.Post("/me/passengers", f).Want(404)
	f.Del("number")
	v.Post("/me/passengers", f).Want(404)
	v.Post("/me/passengers/"+theirs+"/forget", url.Values{}).Location()
	v.Get("/me/passengers").Want(200).Lacks(theirs)
}

// TestChangingKeepsTheDocument: what is kept does not show, and stays when nothing
// else is typed.
func TestChangingKeepsTheDocument(t *testing.T) {
	v := visit(t, "zh")
	v.signIn()
	v.Post("/me/passengers", person(1)).Location()
	id := regexp.MustCompile(`/me/passengers/(SP[0-9]+)`).FindStringSubmatch(v.Get("/me/passengers").Body)[1]
	f := person(1)
	f.Set("saved", id)
	f.Set("name", "欧阳娜娜")
	f.Del("number")
	v.Post("/me/passengers", f).Location()
	list := v.Get("/me/passengers").Want(200, "欧阳**").Lacks(person(1).Get("number"), "欧阳娜娜")
	if strings.Count(list.Body, "me-saved\"") != 1 {
		t.Error("kept twice")
	}
	child := url.Values{"name": {"小娜"}, "kind": {"resident_id"}, "number": {"130102202001010013"}}
	for _, check := range "0123456789X" {
		child.Set("number", "13010220200101001"+string(check))
		if page := v.Post("/me/passengers/draft", child); strings.Contains(page.Body, `name="consent"`) {
			break
		}
	}
	v.Post("/me/passengers", child).Want(422, `name="consent"`)
	child.Set("consent", "1")
	v.Post("/me/passengers", child).Location()
}

// TestOrdersMessagesLooks: what was bought, told and looked up; and all of it as a
// file, which takes a code of its own.
func TestOrdersMessagesLooks(t *testing.T) {
	v := visit(t, "zh")
	sale := v.Sell("JA1707", "130102SJZ", "130606BD", 5)
	v.signIn()
	v.Post("/me/orders", url.Values{"order": {sale.Order.ID.String()}, "key": {"WRONG"}}).Want(404)
	v.Post("/me/orders", url.Values{"order": {sale.Order.ID.String()}, "key": {"KEY5"}}).Location()
	v.Get("/me").Want(200, "JA1707", "/o/"+sale.Order.ID.String()+"/KEY5", "有效")
	v.Get("/me/messages").Want(200, "出票")
	_, err := v.Office.LookUp(context.Background(), v.Now(), office.Verb{ID: "x", By: "w3", Who: "1001"}, office.LookUpInput{Kind: "resident_id", Number: sale.Number, Why: chepiao.LookTrouble, Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	v.Get("/me/looks").Want(200, "1001", "投诉").Lacks(sale.Name)

	scope, err := chepiao.ParseScope("station:130102SJZ")
	if err == nil {
		_, err = v.Office.SetSheet(t.Context(), office.Verb{ID: "face-on", By: "desk"}, office.SheetInput{Scope: scope, Reason: "trial", Values: json.RawMessage(`{"face_use":true}`)})
	}
	if err == nil {
		err = v.Office.EnrolFace(t.Context(), v.Now(), office.Verb{ID: "face", By: "kiosk 9"}, office.FaceEnrolment{
			Ticket: sale.Ticket.ID, Model: chepiao.FaceModel, Template: make([]byte, chepiao.FaceTemplateBytes), Consent: chepiao.FaceConsent{Who: chepiao.FaceBySelf, Notice: chepiao.FaceNotice},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	page := v.Post("/me/data/copy", url.Values{}).Want(200, sale.Number, phone, "face_consented", "kiosk 9", chepiao.FaceNotice)
	var file map[string]any
	if err := json.Unmarshal([]byte(page.Body), &file); err != nil || !strings.HasPrefix(page.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v, %s", err, page.Header)
	}
	v.Pass(chepiao.SessionFresh + time.Minute)
	for _, at := range []string{"/me/data/copy", "/me/erase"} {
		if to := v.Post(at, url.Values{"sure": {"1"}}).Location(); to != "/me/sign-in?again=1&next=%2Fme%2Fdata" {
			t.Errorf("%s: %s", at, to)
		}
	}
	v.Get("/me/sign-in?again=1&next=%2Fme%2Fdata").Want(200, `name="again"`)
	if to := v.Get("/me/sign-in").Location(); to != "/me" {
		t.Error(to)
	}
	v.Post("/me/out/everywhere", url.Values{}).Location()
	v.Get("/me").Location()
	if log := v.Log.String(); strings.Contains(log, phone) || strings.Contains(log, sale.Number) {
		t.Error("the log names somebody")
	}
}

// TestNetworkIdentity: whoever confirms it is signed in, in the browser that went
// there, and once.
func TestNetworkIdentity(t *testing.T) {
	v := visit(t, "zh")
	to := v.keep(v.Get("/me/network"))
	at, err := url.Parse(to.Location())
	if err != nil || !strings.HasPrefix(to.Location(), v.reg) {
		t.Fatal(to.Location(), err)
	}
	back, state := at.Query().Get("back"), at.Query().Get("state")
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.PostForm(v.reg+"/confirm", url.Values{"back": {back}, "state": {state}, "person": {"7"}})
	if err != nil {
		t.Fatal(err)
	}
	come, _ := res.Location()
	cookies := v.Cookies
	v.Cookies = nil
	v.Get(come.RequestURI()).Want(403) // another browser
	v.Cookies = cookies
	v.Get("/me/network/back?state=" + state + "&token=0123").Want(422)
	v.Cookies = cookies
	if page := v.keep(v.Get(come.RequestURI())); page.Location() != "/me" {
		t.Error(page.Location())
	}
	v.Get("/me").Want(200, "国家网络身份认证")
}

func TestCodesAreLimited(t *testing.T) {
	v := visit(t, "en")
	for n := range 20 {
		v.Post("/me/code", url.Values{"phone": {"138000011" + string(rune('0'+n/10)) + string(rune('0'+n%10))}}).Want(200)
	}
	v.Post("/me/code", url.Values{"phone": {"13800001199"}}).Want(503, "Too many tries")
	if n := len(v.gate.Texts()); n != 20 {
		t.Errorf("%d texts", n)
	}
}
