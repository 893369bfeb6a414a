package device_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"chepiao/device"
)

func TestCardPutOnAndTakenAway(t *testing.T) {
	c := newCounter(t)
	c.is(device.Reader, device.Ready)
	for _, card := range cards() {
		c.Reader.Put(&card)
		got := c.event("card").data
		if got["number"] != card.Number || got["name"] != card.Name || got["kind"] != string(card.Kind) {
			t.Errorf("%s: the page got %v", card.Name, got)
		}
		c.Reader.Put(nil)
		c.event("card-gone")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, card := range cards() {
		if log := c.log.String(); len(log) > 0 && (contains(log, card.Name) || contains(log, card.Number)) {
			t.Errorf("the log knows %s: %s", card.Name, log)
		}
	}
}

// A card that trembles is one card; another one is another.
func TestCardThatTrembles(t *testing.T) {
	c := newCounter(t)
	one, two := cards()[0], cards()[1]
	c.Reader.Put(&one)
	c.event("card")
	c.Reader.Put(&one) // as if lifted for a moment: the reader finds it anew
	c.event("card-gone")
	c.is(device.Reader, device.Busy)
	c.Reader.Put(&two)
	if got := c.event("card").data; got["number"] != two.Number {
		t.Errorf("got %v, not the second card", got)
	}
}

// A card that is lifted is the same card at the next look, and put on again, for the
// next customer perhaps, when two looks have found none. How fast the clock runs has
// no say in it.
func TestCardThatIsPutOnAgain(t *testing.T) {
	c := newCounter(t)
	card := cards()[0]
	c.Reader.Put(&card)
	c.event("card")
	c.Reader.Lift(1)
	c.event("card-gone")
	c.is(device.Reader, device.Busy)
	c.none("card")
	c.Reader.Lift(2)
	c.event("card-gone")
	if got := c.event("card").data; got["number"] != card.Number {
		t.Errorf("got %v", got)
	}
}

func TestReaderInTrouble(t *testing.T) {
	c := newCounter(t)
	card := cards()[0]
	c.is(device.Reader, device.Ready)

	c.Reader.Misbehave("unreadable")
	c.Reader.Put(&card)
	c.is(device.Reader, device.Fault)
	c.none("card")
	c.Reader.Misbehave("noisy") // what comes between is no frame
	c.event("card")
	c.Reader.Put(nil)
	c.event("card-gone")

	c.Reader.Misbehave("broken")
	c.Reader.Put(&card)
	c.is(device.Reader, device.Fault)
	c.none("card")
	c.Reader.Put(nil)
	c.Reader.Misbehave("silent")
	c.Reader.Misbehave("")
	c.is(device.Reader, device.Ready)
}

func TestReaderUnplugged(t *testing.T) {
	c := newCounter(t)
	card := cards()[0]
	c.Reader.Put(&card)
	c.event("card")
	c.Reader.Unplug()
	c.event("card-gone") // whoever it was is not there any more
	c.is(device.Reader, device.Absent)
	if err := c.Reader.Plug(); err != nil {
		t.Fatal(err)
	}
	c.event("card") // and lies there still
}

func TestScanner(t *testing.T) {
	c := newCounter(t)
	c.is(device.Scanner, device.Ready)
	for _, code := range []string{"6901234567892", "130123456789012345", "CP1:中文也可以"} {
		c.Scanner.Scan(code)
		if got := c.event("scan").data["text"]; got != code {
			t.Errorf("scanned %q, got %q", code, got)
		}
	}
	c.Scanner.Unplug()
	c.is(device.Scanner, device.Absent)
	if err := c.Scanner.Plug(); err != nil {
		t.Fatal(err)
	}
	c.is(device.Scanner, device.Ready)
}

// A page that is just being loaded gets what happened meanwhile; one that never
// was here gets nothing of it, and a card that was taken away is forgotten.
func TestEventsWhileAPageIsLoaded(t *testing.T) {
	c := newCounter(t)
	c.is(device.Drawer, device.Ready)
	card := cards()[0]
	before := c.last()
	c.Reader.Put(&card)
	c.event("card")
	c.listen("") // another page, new
	c.is(device.Drawer, device.Ready)
	c.none("card")
	c.listen(before)
	c.event("card")
	c.Reader.Put(nil)
	c.event("card-gone")
	c.listen(before)
	c.is(device.Drawer, device.Ready)
	c.none("card")
}

// When the program ends, so do the streams: a server that drains waits for nobody.
func TestStreamsEnd(t *testing.T) {
	set := device.New(device.Options{Now: time.Now})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go set.Run(ctx)
	server := httptest.NewServer(device.Handler(map[device.Post]*device.Set{device.Window: set}))
	defer server.Close()
	for range 2 { // one that is there, and one that comes too late
		answer, err := http.Get(server.URL + "/device/window/events")
		if err != nil {
			t.Fatal(err)
		}
		stop()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Error(err)
		}
		answer.Body.Close()
	}
}

// last is the number of the last event so far.
func (c *counter) last() string {
	c.listen("")
	return c.event(string(device.Drawer)).id
}

func TestPhotoByAMakersProgram(t *testing.T) {
	png := filepath.Join(t.TempDir(), "decode")
	script := "#!/bin/sh\nhead -c 4 | grep -q WLf || exit 1\nprintf '\\211PNG\\r\\n\\032\\n picture'\n"
	if err := os.WriteFile(png, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	c := newCounter(t, func(o *device.Options) { o.Photo = []string{png} })
	card := cards()[0]
	c.Reader.Put(&card)
	if got, _ := c.event("card").data["photo"].(string); !contains(got, "data:image/png;base64,iVBORw0K") {
		t.Errorf("photo %q", got)
	}
	bare := newBare(t)
	bare.Reader.Put(&card)
	if got := bare.event("card").data; got["photo"] != nil {
		t.Errorf("a photo without a decoder: %v", got["photo"])
	}
}
