package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"chepiao"
	"chepiao/pay"
)

// controlsPage is what the operator of a rehearsal sees.
type controlsPage struct {
	Lang, Other string
	T           words
	Switches    Switches
	SlowMax     int
	Saved       bool
	Charges     []chargeLine
}

// chargeLine is one charge in the controls' list and in GET /control/charges.
type chargeLine struct {
	ID       string               `json:"id"`
	Subject  string               `json:"subject"`
	Amount   chepiao.Money        `json:"amount"`
	Refunded chepiao.Money        `json:"refunded"`
	State    chepiao.PaymentState `json:"state"`
	Late     bool                 `json:"late"` // paid after it was closed
	Notice   noticeState          `json:"notice,omitempty"`
	Tries    int                  `json:"notice_tries"`
	Token    string               `json:"token"` // the checkout is at pay/TOKEN
}

const linesMax = 50 // charges listed, the latest first

func (s *Server) lines() []chargeLine {
	now := s.opt.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]chargeLine, 0, min(linesMax, len(s.order)))
	for i := len(s.order) - 1; i >= 0 && len(list) < linesMax; i-- {
		c := s.charges[s.order[i]]
		line := chargeLine{ID: c.ID, Subject: c.Subject, Amount: c.Amount, Refunded: c.refunded(),
			State: c.stateAt(now), Late: c.Late, Token: c.Token}
		if c.Notice != nil {
			line.Notice, line.Tries = c.Notice.State, c.Notice.Tries
		}
		list = append(list, line)
	}
	return list
}

func (s *Server) controls(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	s.show(w, http.StatusOK, "controls.html", controlsPage{
		Lang: lang, Other: other(lang), T: texts[lang], Switches: s.Switches(), SlowMax: SlowSecondsMax,
		Saved: r.URL.Query().Has("saved"), Charges: s.lines(),
	})
}

func (s *Server) setControls(w http.ResponseWriter, r *http.Request) {
	on := func(name string) bool { return r.PostFormValue(name) != "" }
	slow, err := strconv.Atoi(r.PostFormValue("slow_seconds"))
	if err != nil {
		http.Error(w, "slow_seconds must be a number", http.StatusBadRequest)
		return
	}
	to := Switches{
		Unreachable: on("unreachable"), SlowSeconds: slow, NoticeLost: on("notice_lost"), NoticeTwice: on("notice_twice"),
		LateSuccess: on("late_success"), RefundPending: on("refund_pending"), RefundRefused: on("refund_refused"),
	}
	if err := s.SetSwitches(to); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Location", "?saved&lang="+language(r))
	w.WriteHeader(http.StatusSeeOther)
}

// The controls again, for programs: plain JSON without signatures. Whoever
// reaches the wallet may use them, which is why it belongs on a closed network.

func (s *Server) getSwitches(w http.ResponseWriter, r *http.Request) { answer(w, s.Switches()) }

func (s *Server) putSwitches(w http.ResponseWriter, r *http.Request) {
	var to Switches
	if !ask(w, r, &to) {
		return
	}
	if err := s.SetSwitches(to); err != nil {
		complain(w, http.StatusBadRequest, pay.ErrMalformed, err.Error())
		return
	}
	answer(w, to)
}

func (s *Server) getCharges(w http.ResponseWriter, r *http.Request) { answer(w, s.lines()) }

// postOutcome does what the payer would do at the checkout.
func (s *Server) postOutcome(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Outcome      outcome `json:"outcome"`
		DelaySeconds int     `json:"delay_seconds"` // of a late notice
	}
	if !ask(w, r, &in) {
		return
	}
	if !in.Outcome.known() || in.DelaySeconds < 0 || in.DelaySeconds > delayMax {
		complain(w, http.StatusBadRequest, pay.ErrMalformed, "outcome is success, failure, later or late_notice; delay_seconds 0 to 3600")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.charges[r.PathValue("id")]
	if c == nil {
		complain(w, http.StatusNotFound, pay.ErrNotFound, "there is no such charge")
		return
	}
	settled, err := s.settle(c, in.Outcome, time.Duration(in.DelaySeconds)*time.Second)
	switch {
	case err != nil:
		s.fault(w, err)
	case !settled:
		complain(w, http.StatusConflict, "NOT_PAYABLE", "the charge is "+string(c.stateAt(s.opt.Now())))
	default:
		answer(w, c.result(s.opt.Now()))
	}
}

func ask(w http.ResponseWriter, r *http.Request, into any) bool {
	body, err := io.ReadAll(r.Body)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		complain(w, http.StatusRequestEntityTooLarge, pay.ErrMalformed, "the body is too large")
		return false
	}
	if err == nil {
		err = decode(body, into)
	}
	if err != nil {
		complain(w, http.StatusBadRequest, pay.ErrMalformed, err.Error())
		return false
	}
	return true
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // a broken connection is the caller's to notice
}

func complain(w http.ResponseWriter, status int, code pay.Declined, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(pay.ErrorBody{Code: code, Message: message})
}
