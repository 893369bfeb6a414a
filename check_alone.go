package chepiao

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// ConfirmAlone is the answer of a gate that has lost its node where another gate
// may have let the same ticket pass: a clerk looks and confirms.
const ConfirmAlone Reason = "CONFIRM_ALONE"

// ReviewAlone is a passage that a gate without its node let through and that the
// node, told later, finds doubtful: passed elsewhere too, refunded meanwhile, or
// by the signature alone.
const ReviewAlone Review = "alone"

// ListKey is the key under which the list of one station and day names documents,
// 32 bytes: HKDF-SHA256 (RFC 5869) of the node's key with the info "chepiao gate
// list", the station and the day, big endian. Only enrolled gates of that station
// get it. It panics on a key under 16 bytes.
func ListKey(nodeKey []byte, station StationNo, day Day) []byte {
	mustKey(nodeKey)
	info := binary.BigEndian.AppendUint64([]byte("chepiao gate list"), uint64(station))
	info = binary.BigEndian.AppendUint64(info, uint64(int64(day)))
	key, err := hkdf.Key(sha256.New, nodeKey, nil, string(info), sha256.Size)
	if err != nil {
		panic("chepiao: deriving a list's key: " + err.Error())
	}
	return key
}

// CheckAlone is the check of a gate without its node. own says that the ticket is
// on the gate's list and its departure boards at this gate and no other, so that
// no other gate alone lets it pass; otherwise a clerk confirms, which is
// confirmed; a supervisor who lets somebody through has confirmed. Everything
// else is Check's.
func CheckAlone(t Ticket, s Scan, f Facts, own, confirmed bool) Verdict {
	f.Offline = true
	v := Check(t, s, f)
	if !v.Pass || v.Again || t.ID == 0 || own || confirmed || s.Override != nil {
		return v
	}
	return dress(*no(ConfirmAlone, "请工作人员确认", "please wait for the staff to confirm"))
}

// Signed is the ticket that a voucher describes, for a gate whose list does not
// have it: sold after the list was made, or the list is lost. What the signature
// cannot know, such as a refund, it leaves at its best. board is the position of
// the boarding stop.
func (c Claims) Signed(board int) Ticket {
	return Ticket{
		ID: c.Ticket, Departure: c.Departure, State: TicketValid, From: c.From, To: c.To, Board: board, Alight: board + 1, Seat: c.Seat, Kind: c.Kind,
		Children: c.Children, Voucher: c.Version,
	}
}

// sameAlone is how far apart two reports of one passage at one gate may lie: the
// node's answer came too late for the gate, which then decided alone.
const sameAlone = 2 * time.Minute

// Told is what a node makes of a passage that a gate decided alone: the moves in
// the ticket's life, none when it is the passage that the node has recorded
// itself, and whether somebody looks at it. left says that the coach has gone.
func (t Ticket) Told(device string, at time.Time, confirmed, left bool) (moves []TicketMove, doubt bool) {
	switch t.State {
	case TicketValid:
		return []TicketMove{MoveCheck}, confirmed
	case TicketNoShow: // counted as missing before the gate could say otherwise
		moves = []TicketMove{MoveRecall, MoveCheck}
		if left {
			moves = append(moves, MoveDispatch)
		}
		return moves, true
	case TicketChecked, TicketDeparted, TicketUsed:
		return nil, t.CheckedBy != device || t.CheckedAt.Sub(at).Abs() > sameAlone
	}
	return nil, true
}

// PassedAlone is the verdict in the record of a passage that a gate decided
// alone; again where the node had recorded it before.
func PassedAlone(again bool) Verdict {
	return dress(Verdict{Pass: true, Again: again, Reason: OfflineAccepted, ZH: "断网时已放行", EN: "let pass without network"})
}

// Once are the rules under which nobody passes a gate twice.
func (r *Rules) Once() *Rules {
	once := *r
	once.PassesGate, once.CheckTwice = 1, -1
	return &once
}
