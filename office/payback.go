package office

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/store"
)

// Limits of sending money back: how many a round, after how many refusals a
// person must look, and how often a channel is asked about money that it has
// taken on.
const (
	paybacksMax     = 64
	paybackTriesMax = 20
	paybackPauseMax = 10 * time.Minute
	followEvery     = 10 * time.Second
)

// paybackTurns is where the rounds of sending money back have come to. Each
// process has its own: who forgets it asks once too often, no more.
type paybackTurns struct {
	mu       sync.Mutex
	after    chepiao.PaybackID // of those that are due
	followed chepiao.PaybackID // of those that a channel has taken on
	next     time.Time         // when to follow those again
	pause    map[chepiao.PaybackID]time.Time
}

// SendPaybacks sends money that is due back through its channel, asks what
// became of what was sent before, and says how many it settled. Each is sent
// under its own number, so trying again never pays twice; a channel that keeps
// refusing, over some two hours, leaves it stuck for a person.
func (o *Office) SendPaybacks(ctx context.Context) (settled int, err error) {
	if len(o.channels) == 0 {
		return 0, nil
	}
	work, err := o.paybackRound(ctx)
	if err != nil {
		return 0, fmt.Errorf("finding due paybacks: %w", err)
	}
	var mu sync.Mutex
	var sending sync.WaitGroup
	for _, c := range o.channels { // one that is slow to answer holds up no other
		sending.Go(func() {
			for _, p := range work {
				if p.Channel != c.Name() || ctx.Err() != nil {
					continue
				}
				did, one := o.sendPayback(ctx, c, p)
				mu.Lock()
				if did {
					settled++
				}
				err = errors.Join(err, one)
				mu.Unlock()
			}
		})
	}
	sending.Wait()
	return settled, err
}

// paybackRound picks what to send or ask about now: a page of those that are
// due, going round, and now and then one of those under way.
func (o *Office) paybackRound(ctx context.Context) (work []chepiao.Payback, err error) {
	t := &o.backs
	t.mu.Lock()
	defer t.mu.Unlock()
	now := o.store.Now()
	err = o.store.Read(ctx, func(r *store.Reader) error {
		due, err := r.DuePaybacks(t.after, paybacksMax)
		if err != nil {
			return err
		}
		if t.after = 0; len(due) == paybacksMax {
			t.after = due[len(due)-1].ID
		}
		for _, p := range due {
			if !now.Before(t.pause[p.ID]) {
				work = append(work, p)
			}
		}
		if now.Before(t.next) {
			return nil
		}
		sent, err := r.SentPaybacks(t.followed, paybacksMax)
		if t.followed = 0; len(sent) == paybacksMax {
			t.followed = sent[len(sent)-1].ID
		}
		t.next = now.Add(followEvery)
		work = append(work, sent...)
		return err
	})
	return work, err
}

// sendPayback sends one, or asks about it, and stores what the channel says.
func (o *Office) sendPayback(ctx context.Context, c pay.Channel, p chepiao.Payback) (settled bool, err error) {
	paid, err := o.paymentOf(ctx, p.Payment)
	if err != nil {
		return false, err
	}
	result, err := c.Refund(ctx, pay.RefundRequest{
		ID: p.ID.String(), Charge: p.Payment.String(), Amount: p.Amount,
		Total: paid.Amount, NotifyURL: o.notifyURL(c.Name()),
	})
	if err == nil {
		return result.State == chepiao.PaybackSettled, o.movePayback(ctx, p, result.State, p.Tries)
	}
	err = fmt.Errorf("sending payback %s: %w", p.ID, err)
	if errors.Is(err, pay.ErrUnreachable) {
		return false, err // silence is not a no: it stays as it is however long it lasts
	}
	tries, state := p.Tries+1, p.State
	if tries >= paybackTriesMax {
		state = chepiao.PaybackStuck
	}
	o.pausePayback(p.ID, tries)
	return false, errors.Join(err, o.movePayback(ctx, p, state, tries))
}

// pausePayback has one that was refused wait, longer after each refusal: 2 s, 4 s,
// up to ten minutes.
func (o *Office) pausePayback(id chepiao.PaybackID, tries int) {
	if tries < 2 {
		return
	}
	t := &o.backs
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pause == nil || len(t.pause) > 10_000 {
		t.pause = map[chepiao.PaybackID]time.Time{}
	}
	t.pause[id] = o.store.Now().Add(min(paybackPauseMax, time.Second<<min(tries-1, 20)))
}

// settleRefund takes in what a channel reports of a refund by itself.
func (o *Office) settleRefund(ctx context.Context, channel chepiao.PaymentChannel, r pay.RefundResult) error {
	id, err := chepiao.ParsePaybackID(r.ID)
	if err != nil {
		return err
	}
	var p chepiao.Payback
	err = o.store.Read(ctx, func(rd *store.Reader) (err error) {
		p, err = rd.Payback(id)
		return err
	})
	switch {
	case err != nil:
		return err
	case p.Channel != channel:
		return fmt.Errorf("payback %s is one of %s: %s has no say in it", id, p.Channel, channel)
	case r.Amount != p.Amount:
		return fmt.Errorf("payback %s: the channel sends back %d fen and not %d", id, r.Amount, p.Amount)
	}
	return o.movePayback(ctx, p, r.State, p.Tries)
}

// movePayback stores how far one has come. A channel that has taken it on says
// due: it is sent then. What has arrived has arrived.
func (o *Office) movePayback(ctx context.Context, was chepiao.Payback, state chepiao.PaybackState, tries int) error {
	if state == chepiao.PaybackDue && tries == was.Tries {
		state = chepiao.PaybackSent
	}
	if was.State == chepiao.PaybackSettled || (was.State == state && was.Tries == tries) {
		return nil
	}
	return o.store.Write(ctx, func(tx *store.Tx) error {
		current, err := tx.Payback(was.ID)
		if err != nil || current.Version != was.Version {
			return err // someone else moved it
		}
		current.State, current.Tries = state, tries
		current.Version++
		if err := tx.PutPayback(current); err != nil {
			return err
		}
		return tx.Record("payback "+current.ID.String(), current.Version, chepiao.Event{Kind: chepiao.PaybackMoved, By: saidBy(was.Channel), Payback: &current, Tell: ownerOf(tx, current.Order)})
	})
}

// SendAgain has money that is stuck sent once more: a person has looked, and the
// cause is gone. Refusals: NotFound, WrongState when it is not stuck.
func (o *Office) SendAgain(ctx context.Context, v Verb, id chepiao.PaybackID) (chepiao.Payback, error) {
	e, err := o.once(ctx, v, []any{"send again", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		back, err := tx.Payback(id)
		if err != nil {
			return nil, err
		}
		if back.State != chepiao.PaybackStuck {
			return nil, chepiao.Refuse(chepiao.WrongState, "该笔退款不需要重新发送", "this money need not be sent again").At("payback")
		}
		back.State, back.Tries = chepiao.PaybackDue, 0
		back.Version++
		if err := tx.PutPayback(back); err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.PaybackMoved, By: v.By, Payback: &back, Tell: ownerOf(tx, back.Order)}
		return e, tx.Record("payback "+id.String(), back.Version, *e)
	})
	if err != nil {
		return chepiao.Payback{}, err
	}
	o.backs.mu.Lock()
	delete(o.backs.pause, id)
	o.backs.mu.Unlock()
	return *e.Payback, nil
}

// Stuck lists money that a channel will not send back before a person has looked,
// oldest first, at most limit, from after a number on.
func (o *Office) Stuck(ctx context.Context, after chepiao.PaybackID, limit int) (list []chepiao.Payback, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err = r.StuckPaybacks(after, limit)
		return err
	})
	return list, err
}
