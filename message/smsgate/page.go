package smsgate

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/message"
)

//go:embed assets/*
var assets embed.FS

//go:embed pages/texts.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// words are the page's texts in one language.
type words struct {
	Title, Practice, Intro, Endings, Save, Saved, Language, Refresh, None            string
	Unreachable, AnswerLost, Slow, ReportSeconds, ReportLost, ReportTwice, FailEvery string
	Texts, At, To, Text, State, Report                                               string
	StateOf                                                                          map[chepiao.MessageState]string
	ReportOf                                                                         map[reportState]string
}

var texts = map[string]words{
	"zh": {
		Title: "练习短信网关", Practice: "练习短信网关 · 不会发出任何短信", Intro: "打开开关，演练真实短信渠道可能出现的故障。",
		Endings: "号码以 0000 结尾为空号，4444 为拒收，5555 为发送失败。",
		Save:    "保存", Saved: "已保存", Language: "English", Refresh: "刷新", None: "还没有短信",
		Unreachable: "网关不可用（503）", AnswerLost: "已收下，但应答丢失（500）", Slow: "应答延迟（秒）", ReportSeconds: "回执延迟（秒）",
		ReportLost: "回执丢失", ReportTwice: "回执重复发送", FailEvery: "每几条失败一条（0 为全部成功）",
		Texts: "最近的短信", At: "时间", To: "号码", Text: "内容", State: "状态", Report: "回执",
		StateOf:  map[chepiao.MessageState]string{chepiao.MessageSent: "已发出", chepiao.MessageDelivered: "已送达", chepiao.MessageFailed: "失败"},
		ReportOf: map[reportState]string{reportNone: "不需要", reportWaiting: "待发送", reportTaken: "已接收", reportLost: "已丢失", reportGivenUp: "已放弃"},
	},
	"en": {
		Title: "Practice SMS gateway", Practice: "Practice SMS gateway · no text is sent to anybody", Intro: "Switch on what goes wrong with real gateways.",
		Endings: "Numbers that end in 0000 do not exist, 4444 want no messages, 5555 fail.",
		Save:    "Save", Saved: "Saved", Language: "中文", Refresh: "Refresh", None: "No texts yet",
		Unreachable: "Unreachable (503)", AnswerLost: "Texts are taken, answers are lost (500)", Slow: "Answer late (seconds)", ReportSeconds: "Report late (seconds)",
		ReportLost: "Reports get lost", ReportTwice: "Reports come twice", FailEvery: "One in so many texts fails (0: none)",
		Texts: "Latest texts", At: "At", To: "Number", Text: "Text", State: "State", Report: "Report",
		StateOf:  map[chepiao.MessageState]string{chepiao.MessageSent: "sent", chepiao.MessageDelivered: "delivered", chepiao.MessageFailed: "failed"},
		ReportOf: map[reportState]string{reportNone: "none wanted", reportWaiting: "waiting", reportTaken: "taken", reportLost: "lost", reportGivenUp: "given up"},
	},
}

// line is one text on the page and in GET /control/texts: the number masked.
type line struct {
	ID     string               `json:"id"`
	At     time.Time            `json:"at"`
	To     string               `json:"to"`
	Text   string               `json:"text"`
	Heard  int                  `json:"heard"`
	State  chepiao.MessageState `json:"state"`
	Code   string               `json:"code,omitempty"`
	Report reportState          `json:"report"`
}

const linesMax = 100 // texts on the page, the latest first

func (s *Server) lines() []line {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]line, 0, min(linesMax, len(s.order)))
	for i := len(s.order) - 1; i >= 0 && len(list) < linesMax; i-- {
		t := s.texts[s.order[i]]
		code := t.Code
		if t.State == chepiao.MessageSent {
			code = ""
		}
		list = append(list, line{t.ID, t.At, chepiao.RestorePhone(t.To).String(), t.Text.Text, t.Heard, t.State, code, t.report})
	}
	return list
}

// pageOf is what the page shows.
type pageOf struct {
	Lang, Other string
	T           words
	Switches    Switches
	Saved       bool
	Texts       []line
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	p := pageOf{Lang: language(r), Other: "en", Switches: s.Switches(), Saved: r.URL.Query().Has("saved"), Texts: s.lines()}
	if p.Lang == "en" {
		p.Other = "zh"
	}
	p.T = texts[p.Lang]
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "texts.html", p); err != nil {
		s.opt.Log.Error("practice SMS gateway", "error", err)
		http.Error(w, "the gateway has a fault", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes())
}

func (s *Server) setSwitches(w http.ResponseWriter, r *http.Request) {
	on := func(name string) bool { return r.PostFormValue(name) != "" }
	number := func(name string) int {
		n, err := strconv.Atoi(r.PostFormValue(name))
		if err != nil {
			return -1 // refused below
		}
		return n
	}
	to := Switches{
		Unreachable: on("unreachable"), AnswerLost: on("answer_lost"), ReportLost: on("report_lost"), ReportTwice: on("report_twice"),
		SlowSeconds: number("slow_seconds"), ReportSeconds: number("report_seconds"), FailEvery: number("fail_every"),
	}
	if err := s.SetSwitches(to); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Location", "?saved&lang="+language(r))
	w.WriteHeader(http.StatusSeeOther)
}

// putSwitches is the same for programs: plain JSON without a signature. Whoever
// reaches the gateway may use it, which is why it belongs on a closed network.
func (s *Server) putSwitches(w http.ResponseWriter, r *http.Request) {
	var to Switches
	if json.NewDecoder(r.Body).Decode(&to) != nil || s.SetSwitches(to) != nil {
		complain(w, http.StatusBadRequest, message.ErrBadInput)
		return
	}
	answer(w, http.StatusOK, to)
}

// language is the page's: asked for, or English for a browser that puts it
// first, or Chinese.
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
