package office_test

import (
	"context"
	"testing"

	"chepiao"
	"chepiao/office"
)

// On line only six kinds of documents buy; nothing is held for the others. A
// window takes them all.
func TestDocumentsOnEachChannel(t *testing.T) {
	w := refusing(t)
	ctx, now := context.Background(), w.clock()
	for _, channel := range []chepiao.Channel{chepiao.Online, chepiao.Platform, chepiao.Window} {
		for i, kind := range []chepiao.DocumentKind{chepiao.TemporaryID, chepiao.MilitaryOfficer} {
			in := w.good()
			in.Channel, in.Passengers = channel, in.Passengers[i:i+1]
			in.Passengers[0].Document = string(kind)
			name := string(channel) + "-" + string(kind)
			a, err := w.office.Hold(ctx, now, office.Verb{ID: name, By: "test"}, "key-"+name, in)
			if channel != chepiao.Window {
				w.refused(t, name, err, chepiao.DocumentNotOnline, "passengers[0].document.kind")
			} else if err != nil || len(a.Tickets) != 1 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	w.end()
}

// Who bought with the ID card boards with what stands in for it (F3), buys no
// second ticket with it, and nobody else's certificate will do.
func TestStandInsNameTheSamePerson(t *testing.T) {
	w := refusing(t)
	ctx := context.Background()
	in := w.good()
	in.Channel = chepiao.Window
	in.Passengers = []office.Rider{{Name: "李小明", Document: string(chepiao.DrivingLicence), Number: w.person("李小明")}}
	_, err := w.office.Hold(ctx, w.clock(), office.Verb{ID: "again", By: "test"}, "key-again", in)
	w.refused(t, "a second ticket under the driving licence", err, chepiao.DuplicateRider, "passengers[0].document.number")

	w.tell([]string{"at 08:10 report G101"})
	check := func(id, who string) chepiao.Verdict {
		t.Helper()
		c, err := w.office.Check(ctx, w.clock(), office.Verb{ID: id, By: "test"},
			office.Passage{Document: string(chepiao.PoliceCertificate), Number: w.person(who), Device: "g"})
		if err != nil {
			t.Fatal(err)
		}
		return c.Verdict
	}
	if v := check("check-1", "孙五湖"); v.Pass || v.Reason != chepiao.NotFound {
		t.Errorf("a stranger's certificate: %+v", v)
	}
	if v := check("check-2", "李小明"); !v.Pass {
		t.Errorf("the passenger's certificate: %+v", v)
	}
	w.end()
}
