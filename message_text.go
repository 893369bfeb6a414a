package chepiao

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MessageScene is what a text speaks of: the journey of the tickets that share
// a phone, as it stands when the text is written. Times are in the network's
// zone. It holds no personal data, and neither does any text made of it.
type MessageScene struct {
	Order     OrderID
	Tickets   int       // that the text speaks for
	Number    string    // of the departure
	From, To  string    // stations, in the text's language
	Planned   time.Time // that stands on the ticket
	Departs   time.Time // as it is now
	Last      time.Time // flow departure: of the day's last coach; else equal to Departs
	Seats     []int     // none on a flow departure
	WasNumber string    // changed: of the departure before, if another
	Back      Money     // of all the tickets
	Facts     MessageFacts
}

// TextRunesMax is how long a text may be: two SMS in Chinese, one in English.
const TextRunesMax = 140

// Text is a message in one language, "zh" or "en", at most TextRunesMax
// characters. What matters less is left out when it would be longer; departure,
// time, stations and the order's number always stand there.
func (k MessageKind) Text(lang string, s MessageScene) string {
	w := textZH
	if lang == "en" {
		w = textEN
	}
	end := w.order + s.Order.String()
	var t textParts
	w.say(&t, k, s, stationRunesMax)
	if text := t.text(w, end); utf8.RuneCountInString(text) <= TextRunesMax {
		return text
	}
	t = textParts{}
	w.say(&t, k, s, w.station)
	return t.fit(w, end)
}

// stationRunesMax is how much of a station's name a text shows while there is room.
const stationRunesMax = 30

// textParts are the clauses of a text. Rank 0 must stand; of the others the
// highest goes first when there is no room.
type textParts struct {
	clauses []string
	ranks   []int
}

func (t *textParts) add(rank int, clause string) {
	if clause != "" {
		t.clauses, t.ranks = append(t.clauses, clause), append(t.ranks, rank)
	}
}

// text puts the clauses together.
func (t *textParts) text(w *textWords, end string) string {
	return w.begin + strings.Join(t.clauses, w.comma) + w.stop + end
}

// fit leaves out as few clauses as it must.
func (t *textParts) fit(w *textWords, end string) string {
	for {
		text, least := t.text(w, end), slices.Max(t.ranks)
		if utf8.RuneCountInString(text) <= TextRunesMax || least == 0 {
			return text
		}
		i := slices.Index(t.ranks, least)
		t.clauses, t.ranks = slices.Delete(t.clauses, i, i+1), slices.Delete(t.ranks, i, i+1)
	}
}

// textWords are the phrases of one language. A %s is filled in.
type textWords struct {
	begin, comma, stop, order string
	moment                    string // layout of day and time
	head                      map[MessageKind]string
	journey                   string // when, number, from, to
	was                       string // of another departure: when, number
	flow, wasSeat             string
	seat, seats, andMore      string
	gate, berth, plate        string
	leaves, earlier, sooner   string
	asPlanned                 string
	money, free, reason       string
	tickets, until, collect   string
	show, come                string
	station                   int // characters of a station's name where there is no room
	reasonOf                  func(MessageFacts) string
}

var textZH = &textWords{
	begin: "【车票】", comma: "，", stop: "。", order: "订单", moment: "1月2日15:04",
	head: map[MessageKind]string{
		TellIssued: "出票成功", TellChanged: "行程变更", TellCancelled: "停班通知", TellDelayed: "晚点通知", TellBoarding: "候车通知",
		TellRefunded: "退票成功", TellWaitlistServed: "候补成功", TellWaitlistFailed: "候补未成功", TellReminder: "乘车提醒", TellReceipt: "报销凭证提醒",
	},
	journey: "%s %s次 %s→%s", was: "原%s %s次", flow: "末班%s，当日各班均可乘坐", wasSeat: "原座位%s",
	seat: "%s号座", seats: "座位%s", andMore: "%s等%d座",
	gate: "检票口%s", berth: "发车位%s", plate: "车牌%s",
	leaves: "预计%s发车", earlier: "原定%s", sooner: "提前至%s发车", asPlanned: "恢复原定%s发车",
	money: "退款%s元", free: "可免费退票或改签", reason: "原因：%s",
	tickets: "共%d张", until: "请于%s前答复", collect: "凭票和证件可领至%s",
	show: "凭证件或二维码检票", come: "请提前到站并带好证件", station: 12,
	reasonOf: func(f MessageFacts) string { return cut(f.ReasonZH, 14) },
}

var textEN = &textWords{
	begin: "Chepiao: ", comma: ", ", stop: ". ", order: "Order ", moment: "2 Jan 15:04",
	head: map[MessageKind]string{
		TellIssued: "ticket issued", TellChanged: "trip changed", TellCancelled: "cancelled", TellDelayed: "delayed", TellBoarding: "boarding",
		TellRefunded: "ticket refunded", TellWaitlistServed: "waitlist: ticket issued", TellWaitlistFailed: "waitlist: no seat found", TellReminder: "reminder", TellReceipt: "no receipt yet",
	},
	journey: "%s %s %s-%s", was: "was %s %s", flow: "last coach %s, any coach of the day", wasSeat: "was seat %s",
	seat: "seat %s", seats: "seats %s", andMore: "%s and more, %d in all",
	gate: "gate %s", berth: "bay %s", plate: "coach %s",
	leaves: "leaves about %s", earlier: "planned %s", sooner: "leaves earlier at %s", asPlanned: "leaves at %s as planned",
	money: "%s comes back", free: "refund or rebook free", reason: "because of %s",
	tickets: "%d tickets", until: "please answer by %s", collect: "to be had until %s with ticket and ID",
	show: "board with ID or code", come: "bring your ID", station: 16,
	reasonOf: func(f MessageFacts) string { return cut(f.ReasonEN, 28) },
}

// say adds the clauses of a kind; a station's name has at most so many characters.
func (w *textWords) say(t *textParts, k MessageKind, s MessageScene, station int) {
	head, when := w.head[k], s.Departs
	switch k {
	case TellDelayed:
		when = s.Planned
		if !s.Departs.After(s.Planned) {
			head = w.head[TellChanged]
		}
	case TellCancelled:
		when = s.Planned
	}
	journey := fmt.Sprintf(w.journey, when.Format(w.moment), cut(s.Number, 16), cut(s.From, station), cut(s.To, station))
	t.add(0, head+w.colon()+journey)
	travels := k != TellCancelled && k != TellRefunded && k != TellWaitlistFailed && k != TellReceipt
	switch {
	case k == TellDelayed && s.Departs.Equal(s.Planned):
		t.add(0, w.fill(w.asPlanned, s.Departs.Format("15:04")))
	case k == TellDelayed && s.Departs.Before(s.Planned):
		t.add(0, w.fill(w.sooner, w.clock(s.Departs, when)))
	case k == TellDelayed:
		t.add(0, w.fill(w.leaves, w.clock(s.Departs, when)))
	case k == TellChanged && s.WasNumber != "" && !s.Facts.Was.IsZero():
		t.add(2, fmt.Sprintf(w.was, s.Facts.Was.Format(w.moment), cut(s.WasNumber, 16)))
	case k == TellChanged && !s.Facts.Was.IsZero() && !s.Facts.Was.Equal(s.Departs):
		t.add(2, w.fill(w.earlier, s.Facts.Was.Format("15:04")))
	}
	if travels {
		w.where(t, k, s)
	}
	if s.Tickets > 1 && (!travels || len(s.Seats) == 0) {
		t.add(3, fmt.Sprintf(w.tickets, s.Tickets))
	}
	if s.Back > 0 {
		t.add(1, w.fill(w.money, s.Back.String()))
	}
	t.add(6, w.fill(w.reason, w.reasonOf(s.Facts)))
	if s.Facts.Free {
		t.add(2, w.free)
	}
	if !s.Facts.Until.IsZero() {
		words := w.until
		if k == TellReceipt {
			words = w.collect
		}
		t.add(1, w.fill(words, s.Facts.Until.In(s.Departs.Location()).Format(w.moment)))
	}
}

// where adds the clauses that get a passenger to the right place.
func (w *textWords) where(t *textParts, k MessageKind, s MessageScene) {
	if !s.Last.Equal(s.Departs) {
		t.add(4, w.fill(w.flow, s.Last.Format("15:04")))
	}
	t.add(1, w.seatClause(s.Seats))
	if k == TellChanged && s.Facts.WasSeat > 0 && s.Tickets == 1 && !slices.Contains(s.Seats, s.Facts.WasSeat) {
		t.add(5, w.fill(w.wasSeat, strconv.Itoa(s.Facts.WasSeat)))
	}
	t.add(1, w.fill(w.gate, cut(s.Facts.Gate, 10)))
	t.add(3, w.fill(w.berth, cut(s.Facts.Berth, 10)))
	t.add(2, w.fill(w.plate, cut(s.Facts.Plate, 10)))
	switch k {
	case TellIssued, TellWaitlistServed:
		t.add(7, w.show)
	case TellReminder, TellBoarding:
		t.add(7, w.come)
	}
}

// seatClause lists up to five seats.
func (w *textWords) seatClause(seats []int) string {
	const shown = 5
	sorted := slices.Sorted(slices.Values(seats))
	numbers := make([]string, 0, shown)
	for _, n := range sorted[:min(shown, len(sorted))] {
		numbers = append(numbers, strconv.Itoa(n))
	}
	list := strings.Join(numbers, w.list())
	switch {
	case len(seats) == 0:
		return ""
	case len(seats) == 1:
		return fmt.Sprintf(w.seat, list)
	case len(seats) > shown:
		list = fmt.Sprintf(w.andMore, list, len(seats))
	}
	return fmt.Sprintf(w.seats, list)
}

func (w *textWords) colon() string {
	if w == textZH {
		return "："
	}
	return ": "
}

func (w *textWords) list() string {
	if w == textZH {
		return "、"
	}
	return " "
}

// clock is a time without its day when that is the day of another time.
func (w *textWords) clock(t, beside time.Time) string {
	if DayOf(t) == DayOf(beside) {
		return t.Format("15:04")
	}
	return t.Format(w.moment)
}

// fill puts a value into a phrase; without a value there is no phrase.
func (w *textWords) fill(phrase, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf(phrase, value)
}

// cut shortens what is too long, and takes out line breaks.
func cut(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// LangFor is the language of a passenger whose order does not say: English for
// the holder of a foreign passport or a foreigner's residence card, else Chinese.
func LangFor(d Document) string {
	switch d.Kind() {
	case ForeignPRCard:
		return "en"
	case Passport:
		if n := d.Nationality(); n != "" && !slices.Contains([]string{"CHN", "HKG", "MAC", "TWN"}, n) {
			return "en"
		}
	}
	return "zh"
}
