package office_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"chepiao/office"
)

// The words of stories about the waiting room.
func init() {
	maps.Copy(verbs, map[string]func(*command) string{"come": (*command).come, "calls": (*command).calls, "stand": (*command).stand})
}

// come G1 石家庄 保定 as=P1,P2: people come to the waiting room, one after another.
func (c *command) come() string {
	text := ""
	for _, who := range strings.Split(c.opt["as"], ",") {
		v, err := c.office.EnterRoom(context.Background(), c.clock(), c.departure(c.args[0]), c.station(c.args[1]), c.station(c.args[2]), c.placeOf(who))
		if err != nil {
			return c.no(err)
		}
		if c.places == nil {
			c.places = map[string]string{}
		}
		c.places[who] = v.Token
		text += who + " " + c.standing(v) + "\n"
		c.learn()
	}
	return text
}

const turnEvery = 500 * time.Millisecond

// calls 5s: so long people are called, twice a second.
func (c *command) calls() string {
	span, err := time.ParseDuration(c.args[0])
	must(c.t, err)
	for ; span > 0; span -= turnEvery {
		c.set(c.clock().Add(turnEvery))
		if _, err := c.office.CallRooms(context.Background(), c.clock()); err != nil {
			c.t.Fatalf("%s: %v", c.where, err)
		}
	}
	c.learn()
	return "it is " + c.clock().In(shanghai).Format("15:04:05")
}

// stand G1 石家庄 保定 as=P1,P2: how places stand.
func (c *command) stand() string {
	text := ""
	for _, who := range strings.Split(c.opt["as"], ",") {
		v, err := c.office.LookRoom(context.Background(), c.clock(), c.departure(c.args[0]), c.station(c.args[1]), c.station(c.args[2]), c.placeOf(who))
		if err != nil {
			return text + who + " " + c.no(err)
		}
		text += who + " " + c.standing(v) + "\n"
	}
	return text
}

func (w *world) standing(v office.RoomView) string {
	switch v.State {
	case "waiting":
		return fmt.Sprintf("number %d, %d ahead: %s", v.Place.No, v.Wait.Ahead, v.Wait.Because.ZH)
	case "called":
		return fmt.Sprintf("called, until %s", v.Until.In(shanghai).Format("15:04:05"))
	}
	return string(v.State)
}

// placeOf is somebody's place; "forged" is one that nobody gave out.
func (w *world) placeOf(who string) string {
	if who == "forged" {
		return "AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
	}
	return w.places[who]
}

// learn lets every process hear of the others.
func (w *world) learn() {
	for range len(w.others) + 1 {
		if err := w.office.LearnRooms(context.Background(), w.clock()); err != nil {
			w.t.Fatalf("%s: %v", w.where, err)
		}
		w.turn()
	}
}
