package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
	"chepiao/office"
)

// fillers sell at once; what waits for one commit makes the next batch.
const fillers = 256

// filler sells tickets that are only there: coach after coach of the days that are
// not measured, each until it is as full as coaches are.
type filler struct {
	world *world
	all   []run
	sold  atomic.Int64
	next  atomic.Int64    // run to begin
	parts [fillers]partly // what each seller is at
}

// partly is a run that is not full yet.
type partly struct {
	at   int // place among all; -1: none
	legs int // sold so far
}

func newFiller(w *world) *filler {
	f := &filler{world: w}
	n := w.network
	today := chepiao.DayOf(time.Now().In(n.Zone))
	for d := today + scaleDay + 1; d < today+ScaleDays-1; d++ {
		for i := range n.Templates {
			if t := &n.Templates[i]; t.Kind == chepiao.Fixed && t.Days.Has(d) {
				f.all = append(f.all, run{t, d})
			}
		}
	}
	for i := range f.parts {
		f.parts[i].at = -1
	}
	return f
}

// tickets is how many are sold, those of the crowd as well.
func (f *filler) tickets() int { return int(f.sold.Load()) }

// runs are those that somebody has a ticket for.
func (f *filler) runs() []run { return f.all[:min(int(f.next.Load()), len(f.all))] }

// fill sells until there are so many tickets; first the crowd's own.
func (f *filler) fill(ctx context.Context, c *contender, size int) error {
	if f.tickets() == 0 {
		err := c.crowd.each(func(_ int, cl *customer) error {
			for len(cl.mine[restPool]) < scaleEach {
				if err := cl.order(ctx, restPool); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		f.sold.Store(scaleClients * scaleEach)
	}
	o := c.crowd.clients[0].seller.(inOffice).Office
	failures := make([]error, fillers)
	var wg sync.WaitGroup
	for i := range min(fillers, 1+(size-f.tickets())/32) { // each may sell a last order beyond the size
		wg.Go(func() {
			chance := rand.New(rand.NewPCG(23, uint64(size+i)))
			for f.tickets() < size && failures[i] == nil {
				failures[i] = f.order(ctx, o, &c.crowd.people, chance, &f.parts[i])
			}
		})
	}
	wg.Wait()
	return errors.Join(failures...)
}

// order sells one order of one to four people on the run a seller is at.
func (f *filler) order(ctx context.Context, o *office.Office, people *atomic.Int64, chance *rand.Rand, p *partly) error {
	if p.at < 0 {
		if *p = (partly{at: int(f.next.Add(1)) - 1}); p.at >= len(f.all) {
			return fmt.Errorf("%d departures are not enough for so many tickets: say more with --departures", len(f.all))
		}
	}
	r := f.all[p.at]
	n, legs := 1+min(chance.IntN(4), chance.IntN(4)), r.template.Legs()
	a, b := chance.IntN(legs+1), chance.IntN(legs)
	if b >= a {
		b++
	}
	a, b = min(a, b), max(a, b)
	in := office.HoldInput{Departure: chepiao.MakeDepartureID(r.template.No, r.day), From: r.template.Stops[a].Station, To: r.template.Stops[b].Station, Channel: chepiao.Window}
	who := int(people.Add(int64(n))) - n
	for i := range n {
		one := person(who + i)
		in.Passengers = append(in.Passengers, office.Rider{Name: one.Name, Document: one.Document.Kind, Number: one.Document.Number})
	}
	held, err := o.Hold(ctx, time.Now(), office.Verb{ID: newKey(), By: "bench"}, secretOf(who), in)
	if err == nil {
		_, err = o.PayCash(ctx, office.Verb{ID: newKey(), By: "bench"}, held.Order.ID, held.Order.Total)
	}
	if why(err) == chepiao.SoldOut {
		return nil
	}
	if err != nil {
		return err
	}
	f.sold.Add(int64(n))
	if p.legs += n * (b - a); float64(p.legs) >= scaleFull*float64(r.template.Seats*legs) {
		p.at = -1
	}
	return nil
}

// touch sells one ticket on every departure that has some, so that the writer has
// all of them in memory, and returns the orders a second.
func touch(ctx context.Context, st *ScaleStore) (float64, error) {
	var next, done atomic.Int64
	n := st.c.crowd.clients[0].world.network
	codes := map[chepiao.StationNo]string{}
	for _, s := range n.Stations {
		codes[s.No] = s.Code
	}
	began := time.Now()
	err := st.c.crowd.each(func(_ int, cl *customer) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(st.here) {
				return nil
			}
			t := st.here[i].template
			for leg := range t.Legs() { // a leg that is not full
				j := &Journey{Departure: chepiao.MakeDepartureID(t.No, st.here[i].day), From: codes[t.Stops[leg].Station], To: codes[t.Stops[leg+1].Station], Board: leg, Alight: leg + 1}
				b, ok, err := cl.hold(ctx, j)
				if err != nil {
					return err
				}
				if ok {
					done.Add(1)
					if err := cl.seller.pay(ctx, &b); err != nil {
						return err
					}
					break
				}
			}
		}
	})
	if len(st.here) == 0 {
		return 0, err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), err
}

// resident is a process's memory in RAM in MB (proc(5), VmRSS), 0 where it cannot
// be read.
func resident(pid int) float64 {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}
