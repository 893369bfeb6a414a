package office_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao/store/storetest"
)

// TestLives leads a whole station through random days told in the words of the
// stories: sales, payments, refunds, rebookings, waitlist, checks, reports,
// departures, every act of the dispatcher, changed rules and restarts, in any
// order. Every word is sent twice (see command.send); a refusal has words and
// leaves no trace; a preview says what the commit does. In the end doctor finds
// nothing: masks are the union of live tickets and reserved seats, children are
// within what was sold, money in is money back plus what tickets and fees are
// worth, and nobody who fitted was passed over in a queue.
func TestLives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { live(t, rt, newWorld(t)) })
}

// TestLivesOfTwoProcesses leads some such days at two hubs that take turns on
// one PostgreSQL.
func TestLivesOfTwoProcesses(t *testing.T) {
	for seed := range twinLives {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rapid.Custom(func(rt *rapid.T) bool {
				live(t, rt, newWorldOn(t, storetest.Folder(t), server.PostgreSQL(t).Target))
				return true
			}).Example(seed)
		})
	}
}

// twinLives is how many days two hubs live through.
const twinLives = 12

func live(t *testing.T, rt *rapid.T, w *world) {
	defer w.close()
	d := day{world: w, rt: rt}
	w.tell([]string{"on 2026-11-22 06:00 timetable",
		"G1 line=L seats=4 gate=1 fare=40.00 石家庄@08:30 定州@09:20 保定@10:10",
		"G2 line=L seats=5 gate=2 fare=40.00 石家庄@09:30 定州@10:20 保定@11:10",
		"G3 line=L seats=3 gate=2 fare=40.00 石家庄@11:00 定州@11:50 保定@12:40",
		"F1 line=M seats=6 until=18:00 石家庄@08:00 保定@09:40"})
	for range rapid.IntRange(10, 60).Draw(rt, "steps") {
		lines := d.lines()
		w.where = lines[0]
		rt.Log(w.clock().In(shanghai).Format("15:04:05"), strings.Join(lines, "; "))
		w.tell(lines)
		w.set(w.clock().Add(time.Duration(rapid.IntRange(0, 500).Draw(rt, "later")) * time.Second))
	}
	found, err := w.store.Doctor(context.Background(), nil)
	must(t, err)
	if len(found.Findings) > 0 || found.In != found.Back+found.Held {
		rt.Fatalf("in %s, back %s, held %s: %v", found.In, found.Back, found.Held, found.Findings)
	}
}

// day makes up what happens next.
type day struct {
	*world
	rt   *rapid.T
	born int // people so far
}

func (d *day) one(what string, of ...string) string { return rapid.SampledFrom(of).Draw(d.rt, what) }

func (d *day) coach() string { return d.one("coach", "G1", "G2", "G3", "F1") }

// who are one to three people, somebody from before among them.
func (d *day) who() string {
	var names []string
	for range rapid.IntRange(1, 3).Draw(d.rt, "people") {
		n := d.born
		if n == 0 || rapid.IntRange(0, 4).Draw(d.rt, "new") > 0 {
			d.born++
		} else {
			n = rapid.IntRange(0, d.born-1).Draw(d.rt, "again")
		}
		name := fmt.Sprintf("周%c", rune('一'+n))
		if rapid.IntRange(0, 11).Draw(d.rt, "child") == 7 {
			name += "+1"
		}
		names = append(names, name)
	}
	return strings.Join(names, ",")
}

func (d *day) order() string {
	return string(rune('A' + rapid.IntRange(0, len(d.orders)-1).Draw(d.rt, "order")))
}

func (d *day) ticket() string {
	label := d.order()
	o, err := d.office.Look(context.Background(), d.world.order(label))
	must(d.t, err)
	return fmt.Sprint(label, rapid.IntRange(1, o.Order.Count).Draw(d.rt, "ticket"))
}

// lines are what is said next in the story.
func (d *day) lines() []string {
	const most = 26 // orders have letters
	what := rapid.IntRange(0, 19).Draw(d.rt, "what")
	room := len(d.orders) < most
	switch {
	case len(d.orders) == 0 || what < 6 && room:
		coach := d.coach()
		to := d.one("to", "定州", "保定", "保定")
		if coach == "F1" {
			to = "保定"
		}
		return d.paid(fmt.Sprintf("hold %s 石家庄 %s who=%s", coach, to, d.who()))
	case what == 6 && room:
		return d.paid(fmt.Sprintf("wait %s 石家庄 保定 who=%s", d.one("wanted", "G1", "G2", "G3", "G1,G2"), d.who()))
	case what == 7 && room:
		return []string{fmt.Sprintf("rebook %s %s", d.ticket(), d.one("coach", "G1", "G2", "G3"))}
	case what == 8:
		return []string{"report " + d.coach() + " at=石家庄"}
	case what == 9 || what == 10:
		return []string{"check " + d.ticket() + " station=石家庄"}
	case what == 11:
		return d.leave()
	case what < 15:
		return []string{d.act()}
	case what == 15:
		return []string{d.one("now and then", "sweep", "restart", "watch", "uncheck "+d.ticket()+" because=等人",
			"rules set national child_quota_fixed=2", "rules set national half_share=40%", "suspend "+d.ticket()+" because=协查", "resume "+d.ticket()+" because=查清")}
	case what == 16:
		return []string{"void " + d.ticket() + " at=window"}
	case what == 17:
		return []string{"pay " + d.order()}
	default:
		return []string{"refund " + d.ticket()}
	}
}

// paid is an order that is mostly paid at once.
func (d *day) paid(line string) []string {
	label := string(rune('A' + len(d.orders)))
	d.rt.Log(line)
	if rapid.IntRange(0, 3).Draw(d.rt, "pays") == 0 || strings.HasPrefix(d.tell([]string{line}), "no:") {
		return []string{"sweep"}
	}
	return []string{"pay " + label}
}

// leave lets a coach go. A story says before whether it is early; here that is
// found out by asking when it goes.
func (d *day) leave() []string {
	c := command{d.world, "", nil, nil}
	number := d.coach()
	run, err := d.office.Timetable().Run(c.departure(number))
	must(d.t, err)
	if first, _ := d.office.Span(run, 0); d.clock().Before(first.Add(-10 * time.Minute)) {
		d.set(first.Add(-10 * time.Minute))
	}
	return []string{"report " + number + " at=石家庄", "dispatch " + number + " 石家庄"}
}

// act is an act of the dispatcher.
func (d *day) act() string {
	g := d.one("coach", "G1", "G2", "G3")
	return "act " + d.one("act", "delay "+g+" minutes=30", "delay "+g+" minutes=0", "gate "+g+" gate=7", "stop_sale "+g, "sell "+g,
		"reserve "+g+" seats=2 reserve=manual", "unreserve "+g+" seats=2", "no_show "+g, "cancel "+g, "run "+g, "recall "+g,
		"merge "+g+" into=G3", "stow "+g+" into=G2", "cancel "+g+" at=定州") + " reason=演练"
}
