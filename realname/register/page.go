package register

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"chepiao"
)

//go:embed assets/*
var assets embed.FS

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// words are the pages' texts in one language.
type words struct {
	Title, Practice, Intro, Rule, Save, Saved, Language, Refresh string
	Down, Forged, Slow, Asked                                    string
	Confirm, ConfirmText, Person, Go, Cancel                     string
	Verdict                                                      map[chepiao.NameVerdict]string
}

var texts = map[string]words{
	"zh": {
		Title: "练习人口库", Practice: "练习人口库 · 不含任何真实身份信息", Intro: "打开开关，演练真实核验服务可能出现的故障。",
		Rule: "居民身份证以 659007 开头、其他证件以 007 结尾：姓名不一致；以 659008 开头、以 008 结尾：库中无此证件；其他：一致。",
		Save: "保存", Saved: "已保存", Language: "English", Refresh: "刷新", Down: "服务不可用(503)", Forged: "应答签名被伪造", Slow: "应答延迟(秒)",
		Asked: "已核验", Confirm: "国家网络身份认证(练习)", ConfirmText: "请选择一位虚构人员完成认证。业务系统只得到一个网号，不会得到姓名和证件号。",
		Person: "虚构人员", Go: "确认认证", Cancel: "取消",
		Verdict: map[chepiao.NameVerdict]string{chepiao.NameMatches: "一致", chepiao.NameDiffers: "不一致", chepiao.NameUnknown: "无此证件"},
	},
	"en": {
		Title: "Practice population register", Practice: "Practice population register · nobody real is known here", Intro: "Switch on what goes wrong with real services.",
		Rule: "A resident ID that begins with 659007, or another document that ends in 007, has another name; 659008 and 008: no such document; any other: the name is right.",
		Save: "Save", Saved: "Saved", Language: "中文", Refresh: "Refresh", Down: "Down (503)", Forged: "Answers are signed by somebody else", Slow: "Answer late (seconds)",
		Asked: "Asked so far", Confirm: "National network identity (practice)", ConfirmText: "Choose an invented person. The operator learns a network number only, no name and no document.",
		Person: "Invented person", Go: "Confirm", Cancel: "Cancel",
		Verdict: map[chepiao.NameVerdict]string{chepiao.NameMatches: "match", chepiao.NameDiffers: "mismatch", chepiao.NameUnknown: "unknown"},
	},
}

// count is how often a verdict was given.
type count struct {
	Verdict string
	N       int
}

// pageOf is what both pages show.
type pageOf struct {
	Lang, Other string
	T           words
	Switches    Switches
	Saved       bool
	Counts      []count
	Back, State string
}

func (s *Register) pageOf(r *http.Request) pageOf {
	p := pageOf{Lang: language(r), Other: "en", Switches: s.Switches(), Saved: r.URL.Query().Has("saved"), Back: r.FormValue("back"), State: r.FormValue("state")}
	if p.Lang == "en" {
		p.Other = "zh"
	}
	p.T = texts[p.Lang]
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range []chepiao.NameVerdict{chepiao.NameMatches, chepiao.NameDiffers, chepiao.NameUnknown} {
		p.Counts = append(p.Counts, count{p.T.Verdict[v], s.asked[v]})
	}
	return p
}

func (s *Register) show(w http.ResponseWriter, name string, p pageOf) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, p); err != nil {
		s.opt.Log.Error("practice register", "error", err)
		http.Error(w, "the register has a fault", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes()) //nolint:errcheck // a broken connection is the caller's to notice
}

func (s *Register) page(w http.ResponseWriter, r *http.Request) {
	s.show(w, "register.html", s.pageOf(r))
}

func (s *Register) setSwitches(w http.ResponseWriter, r *http.Request) {
	slow, err := strconv.Atoi(r.PostFormValue("slow_seconds"))
	if err != nil {
		slow = -1 // refused below
	}
	if err := s.SetSwitches(Switches{Down: r.PostFormValue("down") != "", Forged: r.PostFormValue("forged") != "", SlowSeconds: slow}); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Location", "?saved&lang="+language(r))
	w.WriteHeader(http.StatusSeeOther)
}

// putSwitches is the same for programs. Whoever reaches the register may use it,
// which is why it belongs on a closed network.
func (s *Register) putSwitches(w http.ResponseWriter, r *http.Request) {
	var to Switches
	if json.NewDecoder(r.Body).Decode(&to) != nil || s.SetSwitches(to) != nil {
		http.Error(w, "the switches are not what was agreed", http.StatusBadRequest)
		return
	}
	answer(w, to)
}

// askPerson is the page on which a person confirms who they are.
func (s *Register) askPerson(w http.ResponseWriter, r *http.Request) {
	p := s.pageOf(r)
	if !backIsGood(p.Back) {
		http.Error(w, "no page to go back to", http.StatusBadRequest)
		return
	}
	s.show(w, "confirm.html", p)
}

// choosePerson makes a token for the chosen person and goes back with it.
func (s *Register) choosePerson(w http.ResponseWriter, r *http.Request) {
	back, person := r.PostFormValue("back"), strings.TrimSpace(r.PostFormValue("person"))
	if !backIsGood(back) || person == "" || len(person) > 20 {
		http.Error(w, "no page to go back to, or nobody chosen", http.StatusBadRequest)
		return
	}
	to, _ := url.Parse(back)
	q := to.Query()
	q.Set("token", s.newToken(person))
	q.Set("state", r.PostFormValue("state"))
	to.RawQuery = q.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

func (s *Register) newToken(person string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := hmac.New(sha256.New, s.opt.Key)
	io.WriteString(m, person+"|"+s.opt.Now().String()+"|"+strconv.Itoa(len(s.order)))
	token := hex.EncodeToString(m.Sum(nil)[:16])
	s.tokens[token], s.order = person, append(s.order, token)
	if len(s.order) > tokensMax {
		delete(s.tokens, s.order[0])
		s.order = s.order[1:]
	}
	return token
}

func backIsGood(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// language is the page's: asked for, or English for a browser that puts it first,
// or Chinese.
func language(r *http.Request) string {
	switch lang := r.URL.Query().Get("lang"); lang {
	case "en", "zh":
		return lang
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return "en"
	}
	return "zh"
}
