package office_test

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/office"
)

func init() {
	verbs["board"], verbs["hears"], verbs["say"], verbs["emergency"] = (*command).board, (*command).hears, (*command).say, (*command).emergency
}

func (c *command) display() office.Display {
	d, err := c.office.Display(context.Background(), c.clock(), office.DisplayQuery{Station: c.station(c.args[0]), Gate: c.opt["gate"], Ahead: 12 * time.Hour, Limit: 20})
	must(c.t, err)
	return d
}

// board 石家庄 gate=3: what everybody in the hall sees
func (c *command) board() (text string) {
	for _, s := range c.display().Shown {
		text += fmt.Sprintf("%s %s %s", s.Departs.Format("15:04"), s.Number, s.ToZH)
		if s.Delay() != 0 {
			text += fmt.Sprintf(" (%s)", s.Planned.Format("15:04"))
		}
		if s.Gate != "" {
			text += " gate " + s.Gate
		}
		text += " " + string(s.State)
		if s.Late > 0 {
			text += fmt.Sprintf(" %d min", s.Late)
		}
		if s.Into != "" {
			text += " " + s.Into
		}
		text += "\n"
	}
	if text == "" {
		return "nothing\n"
	}
	return text
}

// hears 石家庄: what the hall hears now
func (c *command) hears() (text string) {
	for _, call := range c.display().Due() {
		text += call.ZH + "\n"
	}
	if text == "" {
		return "silence\n"
	}
	return text
}

// say 石家庄 notice zh=请失主到服务台 · say 石家庄 mute
func (c *command) say() string {
	w := chepiao.HallWord{Station: c.station(c.args[0]), Kind: chepiao.HallKind(c.args[1]), ZH: c.opt["zh"], EN: c.opt["en"], Call: c.opt["call"]}
	other := w
	other.ZH += "!"
	tell := func(w chepiao.HallWord) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			done, err := c.office.TellHall(context.Background(), v, w)
			return string(done.Kind) + "\n", err
		}
	}
	return c.send(tell(w), tell(other))
}

// emergency G101: who is aboard, for rescuers; names and telephones are clear on the
// list, and hidden here
func (c *command) emergency() string {
	take := func(at time.Time) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			e, err := c.office.TakeManifest(context.Background(), c.clock(), v, c.departure(c.args[0]), at)
			if err != nil {
				return "", err
			}
			text := fmt.Sprintf("%s %s aboard %d, of them %d free children; %d paid and not checked\n", e.Run.Template.Number, e.Plate, e.Aboard, e.Free, e.Waiting)
			for _, r := range e.Riders {
				text += fmt.Sprintf("seat %d %s %s %s %s—%s", r.Seat, hidden(r.Name, 1, 0), r.Document, hidden(r.Phone, 3, 4), r.From, r.To)
				if r.Children > 0 {
					text += fmt.Sprintf(" +%d", r.Children)
				}
				if r.Off {
					text += " alighted"
				}
				text += "\n"
			}
			return text, nil
		}
	}
	return c.send(take(time.Time{}), take(c.clock().Add(-time.Minute)))
}

// hidden masks what stands clear on the list: stories are read by everybody.
func hidden(s string, first, last int) string {
	all := []rune(s)
	return string(all[:first]) + "…" + string(all[len(all)-last:])
}
