package ui

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"chepiao"
	"chepiao/office"
)

// GivingFace is the part of a page where a passenger gives a face for one journey:
// notice, consent, camera. The picture stays in the browser.
type GivingFace struct {
	At     string // address that takes the template (POST) and forgets it (DELETE)
	Ticket chepiao.TicketID
	Notice string
	Given  bool
	Back   string // address of the page before
	Kiosk  bool   // a kiosk puts its pages in place itself, with the script that it has
}

// KeepFace takes a template with the consent to it for a ticket, or forgets it where the
// request is a DELETE. It answers 204 with how many faces are kept now, or with the
// refusal's sentence. Whether this person may do so for this ticket is the caller's to know.
func (k *Kit) KeepFace(w http.ResponseWriter, r *http.Request, v office.Verb, id chepiao.TicketID) {
	var err error
	if v.ID, err = k.Secret(); err != nil {
		k.Fault(w, r, err)
		return
	}
	if r.Method == http.MethodDelete {
		k.FaceAnswer(w, r, k.Office.WithdrawFace(r.Context(), v, id))
		return
	}
	var in struct {
		Model    string              `json:"model"`
		Template string              `json:"template"`
		Consent  chepiao.FaceConsent `json:"consent"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		k.FaceAnswer(w, r, chepiao.Refuse(chepiao.Invalid, "请求无法识别", "this is no enrolment"))
		return
	}
	e := office.FaceEnrolment{Ticket: id, Model: in.Model, Consent: in.Consent}
	e.Template, _ = base64.StdEncoding.DecodeString(in.Template) // no template is refused with a sentence
	k.FaceAnswer(w, r, k.Office.EnrolFace(r.Context(), k.Now(), v, e))
}

// FaceAnswer answers what became of giving a face or taking it back.
func (k *Kit) FaceAnswer(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-store")
	if err == nil {
		w.Header().Set("X-Faces", strconv.Itoa(k.Office.FacesKept()))
		w.WriteHeader(http.StatusNoContent)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		k.Fault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	json.NewEncoder(w).Encode(map[string]string{"say": Language(r).Pick(refusal.ZH, refusal.EN), "reason": string(refusal.Reason), "field": refusal.Field}) //nolint:errcheck // the reader has gone
}
