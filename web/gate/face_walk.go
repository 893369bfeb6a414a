package gate

import (
	"encoding/json"
	"net/http"

	"chepiao"
	"chepiao/office"
)

// faceConfirm is the reason on the screen while a passenger who was recognised without a
// claim has not confirmed yet. It is the page's own: nothing was checked.
const faceConfirm chepiao.Reason = "FACE_CONFIRM"

// walksUp says whether this gate, bound to one coach, may recognise passengers who show
// nothing.
func (p *Pages) walksUp(at *chepiao.Station, s standing) bool {
	rules := p.Office.RulesAt(p.Now(), chepiao.Where{Station: at.Code})
	return rules.FaceUse && rules.FaceWalkUp && s.Departure != 0 && s.Place != chepiao.AtHall
}

// propose shows whom a gate believes to see, masked, for the passenger to confirm;
// without a ticket it sees nobody it knows, and asks for the document.
func (p *Pages) propose(w http.ResponseWriter, r *http.Request) {
	station := p.Place(w, r)
	if station == nil {
		p.show(w, r, http.StatusUnprocessableEntity, nil, nil)
		return
	}
	at := p.standing(r)
	id, err := chepiao.ParseTicketID(r.PostFormValue("ticket"))
	var c office.Checked
	if err == nil {
		c, err = p.Office.FaceProposed(r.Context(), p.Now(), id, at.Departure)
	} else if err = p.Office.FaceUnknown(r.Context(), p.Now(), station.No, p.device(r, station, at.Gate)); err == nil {
		err = chepiao.Refuse(chepiao.FaceNoMatch, "请到人工通道出示证件", "please show your document to the staff")
	}
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		v := &verdict{Verdict: chepiao.Verdict{Reason: refusal.Reason, Light: chepiao.Amber, Sound: chepiao.SoundWait, ZH: refusal.ZH, EN: refusal.EN}, At: p.Now()}
		v.Next = chepiao.Step{ZH: "刷证件，或扫码", EN: "Read the document, or scan the code"}
		p.show(w, r, http.StatusOK, v, nil)
		return
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	v := p.verdict(r, c, "")
	v.Verdict = chepiao.Verdict{Reason: faceConfirm, Light: chepiao.Amber, Sound: chepiao.SoundWait, ZH: "请确认是您本人", EN: "please confirm that this is you"}
	v.Next = chepiao.Step{ZH: "乘客说出姓名或座位，与屏幕一致再按“是”", EN: "The passenger says name or seat: press yes only if it is this one"}
	v.Undo, v.Hand, v.Override, v.Confirm = false, false, false, true
	p.show(w, r, http.StatusOK, v, nil)
}

// looked is what the page measured, as it sends it along; nil for nothing that can be
// read. It is counted only, so it is never refused.
func looked(r *http.Request) *office.FaceLook {
	var in struct {
		Claimed int            `json:"claimed"`
		Others  map[string]int `json:"others"`
	}
	text := r.PostFormValue("look")
	if text == "" || len(text) > 32<<10 || json.Unmarshal([]byte(text), &in) != nil {
		return nil
	}
	look := &office.FaceLook{Claimed: in.Claimed, Others: make(map[chepiao.TicketID]int, len(in.Others))}
	for ticket, d := range in.Others {
		if id, err := chepiao.ParseTicketID(ticket); err == nil {
			look.Others[id] = d
		}
	}
	return look
}
