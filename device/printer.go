package device

import (
	"context"
	"errors"
	"time"
)

// How a printer is asked.
const (
	idleEvery  = time.Second            // for its state, with nothing to print
	busyEvery  = 150 * time.Millisecond // while it prints
	statusMax  = 800 * time.Millisecond // until a real-time answer is there
	writeMax   = 30 * time.Second
	settledMax = 4 * time.Second // after a fault was put right, until it says that it has printed
	bytesMin   = 800             // it prints at least so many bytes a second, at 9600 baud
)

// runPrinter prints for as long as ctx lasts.
func (s *Set) runPrinter(ctx context.Context) {
	if s.o.Printer == "" {
		return
	}
	for ctx.Err() == nil {
		l, err := dial(ctx, s.o.Printer, printerBaud)
		if err == nil {
			p := &printer{set: s, line: l}
			p.work(ctx)
			l.close()
		} else if s.board.get(Printer).State != Absent {
			s.o.Log.Warn("the printer cannot be opened; it is looked for every second", "error", err)
		}
		s.absent(Condition{Absent, "打印机未连接", "the printer is unplugged"})
		if !sleep(ctx, lookAgain) {
			return
		}
	}
}

// absent says that nothing is known of printer, paper and drawer.
func (s *Set) absent(c Condition) {
	s.board.set(Printer, c)
	s.board.set(Paper, c)
	if s.o.Drawer {
		s.board.set(Drawer, c)
	}
	if j := s.queue.next(); j != nil {
		s.queue.set(j, Waiting, string(c.State), false, c.ZH, c.EN)
	}
}

// printer is one connection to a printer.
type printer struct {
	set   *Set
	line  *line
	owed  int   // answers to GS r that may still come, also of slips given up
	heard int   // that came for this slip
	knows bool  // it is one that answers GS r
	rest  *byte // the drawer's contact when it is shut
}

// work prints what is queued until the line breaks.
func (p *printer) work(ctx context.Context) {
	silent := 0
	for {
		h, err := p.health(ctx)
		switch {
		case errors.Is(err, errSilent):
			if silent++; silent >= 3 {
				p.set.absent(Condition{Fault, "打印机无应答", "the printer does not answer"})
			}
			if silent >= 6 {
				return // perhaps a new connection helps
			}
		case err != nil:
			return
		default:
			silent = 0
			if c := p.show(h); p.serve(ctx, c) != nil {
				return
			}
		}
		if p.set.queue.next() != nil { // it waits for the printer
			if !sleep(ctx, busyEvery) {
				return
			}
			continue
		}
		idle := time.NewTimer(idleEvery)
		select {
		case <-p.set.queue.come:
		case <-idle.C:
		case <-ctx.Done():
		}
		idle.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// serve prints the next job, if the printer is fit to.
func (p *printer) serve(ctx context.Context, c Condition) error {
	j := p.set.queue.next()
	if j == nil {
		return nil
	}
	if c.State != Ready && !j.kick {
		p.set.queue.set(j, Waiting, string(c.State), false, c.ZH, c.EN)
		return nil
	}
	if j.kick {
		open := kick
		if c.State != Ready {
			open = kickNow
		}
		if err := p.line.write(ctx, open, statusMax); err != nil {
			return err
		}
		p.set.queue.set(j, Done, "", false, "已开钱箱", "the drawer was told to open")
		return nil
	}
	if !p.set.queue.set(j, Printing, "", false, "正在打印", "printing") {
		return nil
	}
	err := p.print(ctx, j)
	if err != nil {
		p.ask(j)
	}
	return err
}

// print sends a slip, and waits until the printer says that all of it came out.
func (p *printer) print(ctx context.Context, j *Job) error {
	if err := p.line.drain(); err != nil {
		return err
	}
	p.heard = 0
	p.owed++
	data := j.data
	late := time.Duration(len(data)/bytesMin)*time.Second + settledMax
	if err := p.line.write(ctx, append(data[:len(data):len(data)], askDone...), writeMax); err != nil {
		return err
	}
	if p.set.o.Blind {
		p.finish(j)
		return nil
	}
	faulty, silent := false, 0
	since := p.set.o.Now()
	for {
		h, err := p.health(ctx)
		now := p.set.o.Now()
		switch {
		case errors.Is(err, errSilent):
			if silent++; silent > 5 {
				return errGone
			}
		case err != nil:
			return err
		default:
			silent = 0
			if c := p.show(h); c.State != Ready { // it stopped in the middle
				faulty, since = true, now
				p.set.queue.set(j, Waiting, string(c.State), false, c.ZH, c.EN)
			}
		}
		if p.set.queue.over(j) {
			return nil // a person has given it up
		}
		all := p.heard >= p.owed
		switch over := now.Sub(since) > late; {
		case all && !faulty, over && !faulty && p.heard > 0: // the answers of slips before were lost
			p.knows, p.owed = true, 0
			p.finish(j)
			return nil
		case over && !faulty && !p.knows: // it cannot answer that, and nothing is wrong with it
			p.owed = 0
			p.finish(j)
			return nil
		case over, all && faulty && now.Sub(since) > time.Second: // not stuck again at once
			p.owed -= min(p.heard, p.owed)
			p.ask(j)
			return nil
		}
		if !sleep(ctx, busyEvery) {
			return ctx.Err()
		}
	}
}

func (p *printer) finish(j *Job) {
	p.set.queue.set(j, Done, "", false, "已打印", "printed")
}

// ask leaves a job to whoever stands there: nobody else can see what came out.
func (p *printer) ask(j *Job) {
	p.set.queue.set(j, Waiting, "check", true, "打印中断，请核对小票：重打、已打好或放弃", "printing was interrupted: look at the slip, then print again, accept or give up")
}

// show pins up what the printer said of itself, and returns its state.
func (p *printer) show(h health) Condition {
	c := h.state()
	p.set.board.set(Printer, c)
	p.set.board.set(Paper, h.roll())
	if p.set.o.Drawer && !p.set.o.Blind {
		level := h.printer & printerDrawer
		if p.rest == nil {
			p.rest = &level // it is shut when the day begins
		}
		if level == *p.rest {
			p.set.board.set(Drawer, Condition{Ready, "钱箱已关", "the drawer is shut"})
		} else {
			p.set.board.set(Drawer, Condition{Open, "钱箱已打开", "the drawer is open"})
		}
	}
	return c
}

// health asks the printer how it is.
func (p *printer) health(ctx context.Context) (h health, err error) {
	if p.set.o.Blind {
		if p.set.o.Drawer {
			p.set.board.set(Drawer, Condition{Ready, "钱箱就绪", "drawer ready"})
		}
		return h, p.line.drain()
	}
	for _, q := range []struct {
		ask  []byte
		into *byte
	}{{askPrinter, &h.printer}, {askOffline, &h.offline}, {askError, &h.err}, {askPaper, &h.paper}} {
		if err := p.line.write(ctx, q.ask, statusMax); err != nil {
			return h, err
		}
		if *q.into, err = p.hear(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

// hear waits for the answer to one real-time question. One to GS r that comes
// meanwhile is noted.
func (p *printer) hear(ctx context.Context) (byte, error) {
	late := time.NewTimer(statusMax)
	defer late.Stop()
	for {
		select {
		case got, ok := <-p.line.in:
			if !ok {
				return 0, errGone
			}
			answer, found := byte(0), false
			for _, b := range got {
				switch {
				case realtime(b):
					answer, found = b, true
				case done(b):
					p.heard++
				}
			}
			if found {
				return answer, nil
			}
		case <-late.C:
			return 0, errSilent
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
