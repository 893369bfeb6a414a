package chepiao

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// KioskLocked is the reason of what a kiosk does not do while it is out of service.
const KioskLocked Reason = "KIOSK_LOCKED"

// SlipState is how the printing of a slip stands (requirements 12, J5). A printer
// that jams never makes it finished.
type SlipState string

const (
	Unprinted SlipState = "unprinted" // wanted, and not in anybody's hand: any kiosk or window prints it
	Printing  SlipState = "printing"  // a machine is at it
	Finished  SlipState = "finished"  // the printer said that it came out
)

// SlipKind is what is printed of a ticket.
type SlipKind string

const (
	VoucherSlip SlipKind = "voucher" // 乘车凭证
	ReceiptSlip SlipKind = "receipt" // 报销凭证
)

// Slip is how the printing of a ticket's voucher or receipt stands, at machines
// that nobody stands beside. A ticket without one was never to be printed there.
type Slip struct {
	Ticket  TicketID  `json:"ticket"`
	Kind    SlipKind  `json:"kind"`
	State   SlipState `json:"state"`
	Device  string    `json:"device"`           // that is at it, or was last
	Serial  string    `json:"serial,omitempty"` // of a receipt's sheet
	Tries   int       `json:"tries"`            // how often printing began
	Copies  int       `json:"copies"`           // how often it came out
	At      time.Time `json:"at"`               // of the last change
	Why     string    `json:"why,omitempty"`
	Version int64     `json:"version"`
}

// triesMax bounds the copies of one slip: a machine that begins anew for ever
// prints nothing useful.
const triesMax = 50

// Begin says that a machine prints the slip now: one that failed, one that another
// machine left lying, or another copy. Of a receipt there are no copies: its number
// stands on one sheet, so one that came out, or may have, is not printed again until
// that sheet is spoilt. Refusals: WrongState for that, and for a ticket that has no
// voucher any more; TooMany.
func (s Slip) Begin(t Ticket, device string, now time.Time) (Slip, error) {
	switch t.State {
	case TicketValid, TicketChecked, TicketDeparted, TicketUsed:
	default:
		zh, en := t.State.Text()
		return s, Refuse(WrongState, "车票"+zh+"，不能打印", "the ticket "+en+": it is not printed").At("ticket")
	}
	if s.Kind == ReceiptSlip {
		if s.State != Unprinted && s.Serial == t.ReceiptNo {
			return s, Refuse(WrongState, "该报销凭证已打印或正在打印，如未取到请到窗口办理", "this receipt was printed, or may have been: if you have none please come to a window").At("ticket")
		}
		s.Serial = t.ReceiptNo
	}
	if s.Tries >= triesMax {
		return s, Refuse(TooMany, "打印次数过多，请到窗口办理", "it was printed too often: please come to a window").At("ticket")
	}
	s.State, s.Device, s.At, s.Why = Printing, device, now, ""
	s.Tries++
	s.Version++
	return s, nil
}

// slipWhyMax bounds what a printer says about a slip that did not come out, in
// characters.
const slipWhyMax = 100

// End says what the printer said: the slip came out, or why not. Only the machine
// that is at it may say so. Refusal WrongState.
func (s Slip) End(device string, done bool, why string, now time.Time) (Slip, error) {
	if s.State != Printing || s.Device != device {
		return s, Refuse(WrongState, "本机没有在打印该凭证", "this machine is not printing that").At("ticket")
	}
	s.State, s.At = Unprinted, now
	if done {
		s.State = Finished
		s.Copies++
	} else if s.Why = strings.TrimSpace(why); utf8.RuneCountInString(s.Why) > slipWhyMax {
		s.Why = string([]rune(s.Why)[:slipWhyMax])
	}
	s.Version++
	return s, nil
}

// SlipWaits is how long a machine may be at a slip without saying what became of it.
const SlipWaits = 10 * time.Minute

// Lose says that a machine was not heard of for too long while it printed: a voucher
// is anybody's to print again. A receipt is not, as its sheet may be with the
// passenger; it is left to somebody who looks.
func (s Slip) Lose(now time.Time) (lost Slip, ok bool) {
	if s.State != Printing || s.Kind != VoucherSlip || now.Sub(s.At) < SlipWaits {
		return s, false
	}
	s.State, s.At, s.Why = Unprinted, now, "no answer"
	s.Version++
	return s, true
}

// Elsewhere says that a window has printed what did not come out of a kiosk, or not
// yet; ok is false where there is nothing to say.
func (s Slip) Elsewhere(t Ticket, device string, now time.Time) (out Slip, ok bool) {
	if s.Version == 0 || s.State == Finished {
		return s, false
	}
	if s.Kind == ReceiptSlip {
		s.Serial = t.ReceiptNo
	}
	s.State, s.Device, s.At, s.Why = Finished, device, now, ""
	s.Tries++
	s.Copies++
	s.Version++
	return s, true
}

// Wanted says whether somebody still waits for a slip that did not come out: not for
// one of a ticket that carries nobody any more, nor for a receipt that is none.
func (s Slip) Wanted(t Ticket) bool {
	switch {
	case s.State == Finished:
		return false
	case s.Kind == ReceiptSlip && t.Receipt != ReceiptPaper:
		return false
	}
	return t.State == TicketValid || t.State == TicketChecked || s.Kind == ReceiptSlip && (t.State == TicketDeparted || t.State == TicketUsed)
}

// KioskPart is one part of a kiosk as its own program sees it.
type KioskPart struct {
	Part  string `json:"part"`  // reader, scanner, printer, paper
	State string `json:"state"` // ready, busy, low, out, open, jam, fault, absent, none
	ZH    string `json:"zh,omitempty"`
	EN    string `json:"en,omitempty"`
}

// Fine says that there is nothing to do about it.
func (p KioskPart) Fine() bool {
	return p.State == "ready" || p.State == "busy" || p.State == "none"
}

// Kiosk (自助机) is what is known of a machine that sells by itself: whether it may,
// how its parts are, and what it has printed.
type Kiosk struct {
	Device   string      `json:"device"`
	Station  StationNo   `json:"station,omitempty"`
	Locked   bool        `json:"locked"`
	Why      string      `json:"why,omitempty"` // as who locked it said
	LockedBy StaffNo     `json:"locked_by,omitempty"`
	Parts    []KioskPart `json:"parts,omitempty"`
	Told     time.Time   `json:"told,omitzero"` // when it last told about its parts
	Vouchers int         `json:"vouchers"`      // slips that came out
	Receipts int         `json:"receipts"`
	Failed   int         `json:"failed"` // slips that did not
	Version  int64       `json:"version"`
}

// KioskTells is how long a kiosk may say nothing while nothing changes; after three
// times that somebody should look. It is written no oftener.
const KioskTells = 5 * time.Minute

// Silent says that nothing was heard of a kiosk for too long.
func (k Kiosk) Silent(now time.Time) bool { return now.Sub(k.Told) > 3*KioskTells }

// kioskPartsMax bounds the parts of a kiosk, and partTextMax what is said of one, in
// bytes.
const (
	kioskPartsMax = 8
	partTextMax   = 300
)

// Tell takes in how the parts of a kiosk are. changed is false when there is nothing
// to write. Refusal Invalid at parts.
func (k Kiosk) Tell(parts []KioskPart, at StationNo, now time.Time) (next Kiosk, changed bool, err error) {
	if len(parts) > kioskPartsMax {
		return k, false, Refuse(Invalid, fmt.Sprintf("部件最多 %d 个", kioskPartsMax), fmt.Sprintf("a kiosk has at most %d parts", kioskPartsMax)).At("parts")
	}
	for _, p := range parts {
		if p.Part == "" || p.State == "" || len(p.Part)+len(p.State)+len(p.ZH)+len(p.EN) > partTextMax {
			return k, false, Refuse(Invalid, "部件状态有误", "a part has a name, a state and a short sentence").At("parts")
		}
	}
	same := slices.Equal(parts, k.Parts) && at == k.Station
	if same && now.Sub(k.Told) < KioskTells {
		return k, false, nil
	}
	k.Parts, k.Station, k.Told = parts, at, now
	k.Version++
	return k, true, nil
}

// Lock takes a kiosk out of service, or puts it back. why is told to passengers.
// Refusals: WrongState when it is so already, Invalid at why.
func (k Kiosk) Lock(lock bool, by StaffNo, why string) (Kiosk, error) {
	why = strings.TrimSpace(why)
	switch {
	case k.Locked == lock && lock:
		return k, Refuse(WrongState, "该自助机已停用", "the kiosk is out of service already").At("kiosk")
	case k.Locked == lock:
		return k, Refuse(WrongState, "该自助机未停用", "the kiosk is in service").At("kiosk")
	case utf8.RuneCountInString(why) > slipWhyMax:
		return k, Refuse(Invalid, fmt.Sprintf("说明最多 %d 字", slipWhyMax), fmt.Sprintf("say why in at most %d characters", slipWhyMax)).At("why")
	}
	k.Locked, k.Why, k.LockedBy = lock, why, by
	if !lock {
		k.Why = ""
	}
	k.Version++
	return k, nil
}

// Serves refuses with KioskLocked what a kiosk does for passengers while it is out of
// service.
func (k Kiosk) Serves() error {
	if !k.Locked {
		return nil
	}
	return Refuse(KioskLocked, "本机暂停服务，请使用其他自助机或到窗口办理", "this machine is out of service: please use another one or a window")
}

// Count counts a slip that came out, or did not.
func (k Kiosk) Count(kind SlipKind, done bool) Kiosk {
	switch {
	case !done:
		k.Failed++
	case kind == ReceiptSlip:
		k.Receipts++
	default:
		k.Vouchers++
	}
	k.Version++
	return k
}

// The journal's words of kiosks; Detail is a Slip or a Kiosk.
const (
	SlipMoved        EventKind = "slip_moved"       // printing began, or ended
	KioskHasTold     EventKind = "kiosk_told"       // how its parts are
	KioskWasLocked   EventKind = "kiosk_locked"     // 停用
	KioskWasUnlocked EventKind = "kiosk_in_service" // 恢复服务
)
