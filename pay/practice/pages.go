package practice

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chepiao"
	"chepiao/pay"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// page is what each of the firm's pages shows.
type page struct {
	ZH, EN string
	Trade  *Trade
	Return string // where the payer's browser goes afterwards
	Left   int    // seconds until the charge is over; 0 when it never is
	Code   string // the payer's code
	Kind   CodeKind
	Faults []faultLine
	Slow   int
	Trades []Trade
}

// faultLine is a switch on the control page.
type faultLine struct {
	Name, ZH, EN string
	On           bool
}

var faultTexts = []faultLine{
	{"unreachable", "渠道不可用：商户得到 503", "unreachable: merchants get 503", false},
	{"notice_lost", "通知丢失", "notices get lost", false},
	{"notice_twice", "通知重复发送", "notices come twice", false},
	{"notice_reordered", "通知积压，关闭开关后乱序送达", "notices pile up and come in another order", false},
	{"notice_forged", "有人伪造“已支付”通知", "somebody forges notices of payment", false},
	{"late_success", "关闭或过期后仍可支付", "can be paid after it was closed or over", false},
	{"close_paid", "关单瞬间旅客已支付", "the payer pays while it is being closed", false},
	{"refund_refused", "拒绝退款(商户余额不足)", "refunds are refused", false},
	{"refund_pending", "退款处理中", "refunds stay under way", false},
	{"refund_abnormal", "退款异常(旅客银行卡已销户)", "refunds end abnormally", false},
	{"bill_missing", "账单少一笔", "a line is missing in the bill", false},
	{"bill_foreign", "账单多一笔不明交易", "a foreign line is in the bill", false},
	{"bill_different", "账单有一笔金额不同", "a line of the bill differs", false},
	{"bill_twice", "账单有一笔重复", "a line of the bill stands there twice", false},
	{"bill_early", "当天账单立即可取", "today's bill is there already", false},
}

// Routes adds the payer's and the rehearsal's pages to a protocol's routes:
// /pay/TOKEN comes back to the merchant, /scan/TOKEN does not, /wallet shows a
// payer's code, / and /control/… are the switches.
func (f *Firm) Routes(mux *http.ServeMux) {
	for _, path := range []string{"/pay/{token}", "/scan/{token}"} {
		mux.HandleFunc("GET "+path, f.checkout)
		mux.HandleFunc("POST "+path, f.decide)
	}
	mux.HandleFunc("GET /wallet", f.wallet)
	mux.HandleFunc("GET /{$}", f.controls)
	mux.HandleFunc("POST /{$}", f.setControls)
	mux.HandleFunc("GET /control/switches", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.Faults()) })
	mux.HandleFunc("PUT /control/switches", f.putFaults)
	mux.HandleFunc("GET /control/charges", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.Trades()) })
	mux.HandleFunc("POST /control/charges/{id}/outcome", f.outcome)
	mux.HandleFunc("POST /control/codes", f.newCode)
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(Look())))
}

func (f *Firm) checkout(w http.ResponseWriter, r *http.Request) {
	t, found := f.byToken(r)
	if !found {
		f.show(w, http.StatusNotFound, "missing.html", "", page{})
		return
	}
	p := page{Trade: &t}
	if !t.Expires.IsZero() {
		p.Left = max(0, int(t.Expires.Sub(f.opt.Now())/time.Second))
	}
	if strings.HasPrefix(r.URL.Path, "/pay/") {
		p.Return = t.ReturnURL
		if to := r.URL.Query().Get("redirect_url"); p.Return == "" && to != "" { // WeChat's H5 page is told so in its address
			p.Return = to
		}
	}
	f.show(w, http.StatusOK, "checkout.html", p.Return, p)
}

func (f *Firm) byToken(r *http.Request) (Trade, bool) {
	f.mu.Lock()
	id := f.tokens[r.PathValue("token")]
	f.mu.Unlock()
	t, err := f.Find(id)
	return t, err == nil
}

// decide takes the payer's choice: pay, fail or later.
func (f *Firm) decide(w http.ResponseWriter, r *http.Request) {
	t, found := f.byToken(r)
	if !found {
		f.checkout(w, r)
		return
	}
	choice := r.PostFormValue("outcome")
	done := choice == "later"
	if choice == "success" || choice == "failure" {
		done = f.Pay(t.ID, choice == "success")
	}
	to := "?"
	if strings.HasPrefix(r.URL.Path, "/pay/") && done {
		if to = r.PostFormValue("return"); !webAddress(to) {
			to = "?"
		}
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// wallet shows the code of a payer, as a phone does before a scanner.
func (f *Firm) wallet(w http.ResponseWriter, r *http.Request) {
	kind := CodeKind(r.URL.Query().Get("kind"))
	switch kind {
	case CodePays, CodeAsks, CodeEmpty, CodeOld:
	default:
		kind = CodePays
	}
	text, err := f.NewCode(kind)
	if err != nil {
		http.Error(w, "no code", http.StatusInternalServerError)
		return
	}
	f.show(w, http.StatusOK, "wallet.html", "", page{Code: text, Kind: kind})
}

func (f *Firm) controls(w http.ResponseWriter, _ *http.Request) {
	set := map[string]bool{}
	now := f.Faults()
	text, _ := json.Marshal(now)
	json.Unmarshal(text, &set) // the number among them is left out
	p := page{Slow: now.SlowSeconds, Trades: f.Trades()}
	for _, line := range faultTexts {
		line.On = set[line.Name]
		p.Faults = append(p.Faults, line)
	}
	if len(p.Trades) > 50 {
		p.Trades = p.Trades[len(p.Trades)-50:]
	}
	f.show(w, http.StatusOK, "controls.html", "", p)
}

func (f *Firm) setControls(w http.ResponseWriter, r *http.Request) {
	set := map[string]any{}
	for _, line := range faultTexts {
		set[line.Name] = r.PostFormValue(line.Name) != ""
	}
	text, _ := json.Marshal(set)
	var to Faults
	err := json.Unmarshal(text, &to)
	if err == nil {
		err = json.Unmarshal([]byte(r.PostFormValue("slow_seconds")), &to.SlowSeconds)
	}
	if err == nil {
		err = f.SetFaults(to)
	}
	if err != nil {
		http.Error(w, "slow_seconds must be 0 to 60", http.StatusBadRequest)
		return
	}
	w.Header().Set("Location", "?saved")
	w.WriteHeader(http.StatusSeeOther)
}

func (f *Firm) putFaults(w http.ResponseWriter, r *http.Request) {
	var to Faults
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&to) != nil || f.SetFaults(to) != nil {
		http.Error(w, "not switches", http.StatusBadRequest)
		return
	}
	answer(w, to)
}

// outcome does what the payer would do at the checkout, for programs.
func (f *Firm) outcome(w http.ResponseWriter, r *http.Request) {
	var in struct{ Outcome string }
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&in) != nil || (in.Outcome != "success" && in.Outcome != "failure" && in.Outcome != "later") {
		http.Error(w, "outcome is success, failure or later", http.StatusBadRequest)
		return
	}
	id := r.PathValue("id")
	if in.Outcome != "later" && !f.Pay(id, in.Outcome == "success") {
		http.Error(w, "the charge cannot be decided", http.StatusConflict)
		return
	}
	t, err := f.Find(id)
	if err != nil {
		http.Error(w, "no such charge", http.StatusNotFound)
		return
	}
	answer(w, t)
}

func (f *Firm) newCode(w http.ResponseWriter, r *http.Request) {
	in := struct{ Kind CodeKind }{CodePays}
	if r.ContentLength != 0 && json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&in) != nil {
		http.Error(w, "kind is pays, asks, empty or old", http.StatusBadRequest)
		return
	}
	text, err := f.NewCode(in.Kind)
	if err != nil {
		http.Error(w, "no code", http.StatusInternalServerError)
		return
	}
	answer(w, map[string]string{"code": text})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // a broken connection is the caller's to notice
}

// show writes a page that loads only its own parts. The merchant's origin must be
// named, or browsers would not follow the way back after the form.
func (f *Firm) show(w http.ResponseWriter, status int, name, back string, p page) {
	p.ZH, p.EN = f.opt.ZH, f.opt.EN
	forms := "'self'"
	if u, err := url.Parse(back); err == nil && u.Host != "" {
		forms += " " + u.Scheme + "://" + u.Host
	}
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, name, p); err != nil {
		f.opt.Log.Error("practice firm", "error", err)
		http.Error(w, "fault", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "+forms)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	w.Write([]byte(b.String()))
}

// Payable says whether the payer can decide: the pages show buttons then.
func (t Trade) Payable() bool { return t.State == chepiao.PaymentPending || t.late() }

func (t Trade) late() bool { return t.State == chepiao.PaymentClosed && !t.Revoked }

// When is the time that a page shows.
func (t Trade) When() string { return t.Created.In(pay.China).Format("01-02 15:04:05") }
