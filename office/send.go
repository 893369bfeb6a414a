package office

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
	"chepiao/message"
	"chepiao/store"
)

// Limits of one round of sending: how many messages it looks at, and how many
// texts are with the gateway at once.
const (
	messagesMax = 256
	sendersMax  = 16
)

// SendMessages sends the messages that are due and says how many the gateway
// took. Tickets of one verb that share a phone share a text. A text is sent
// under its message's number, so that trying again never tells anybody twice,
// whatever was lost: the answer, or this process. A clear no of the gateway is
// final; silence is tried again for some hours. What nobody need hear any more
// is dropped, what has no phone is noted for the desk to call.
func (o *Office) SendMessages(ctx context.Context, now time.Time) (sent int, err error) {
	if o.gateway == nil {
		return 0, nil
	}
	letters, over, err := o.sortOut(ctx, now)
	if err != nil {
		return 0, fmt.Errorf("finding due messages: %w", err)
	}
	err = o.sendAll(ctx, now, letters)
	return o.recordSent(ctx, now, letters, over, err)
}

// letter is a text for one phone, with the messages it speaks for.
type letter struct {
	messages []chepiao.Message // the first one's number is the text's
	tickets  []chepiao.Ticket
	text     message.Text
	departs  time.Time
	fault    error // it could not be written
	tried    bool
	err      error // of the gateway
}

// over is a message that needs no text.
type over struct {
	m     chepiao.Message
	state chepiao.MessageState
	why   string
}

// sortOut reads what is due, finds who is to hear it and writes the texts.
func (o *Office) sortOut(ctx context.Context, now time.Time) (letters []*letter, done []over, err error) {
	var due []dueMessage
	err = o.store.Read(ctx, func(r *store.Reader) error {
		due, err = o.readDue(r, now)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	byPhone, times := map[string]*letter{}, map[string]int{}
	for _, d := range due {
		state, why := o.judge(d, now)
		if state != chepiao.MessageDue {
			done = append(done, over{d.m, state, why})
			continue
		}
		key := fmt.Sprintf("%s %d %d %d %s", d.m.Kind, d.m.Order, d.m.Created.UnixMicro(), d.m.Resent, d.phone.Reveal())
		again := key + d.m.Ticket.String() // two verbs of one moment: a text speaks of a ticket once
		key += fmt.Sprint(" ", times[again])
		times[again]++
		l := byPhone[key]
		if l == nil {
			l = &letter{text: message.Text{To: d.phone.Reveal()}}
			byPhone[key] = l
			letters = append(letters, l)
		}
		l.messages, l.tickets = append(l.messages, d.m), append(l.tickets, d.ticket)
	}
	for _, l := range letters {
		l.fault = o.write(l, due)
	}
	return letters, done, nil
}

// judge says whether a message is still to be sent, else what becomes of it.
func (o *Office) judge(d dueMessage, now time.Time) (chepiao.MessageState, string) {
	run, err := o.Timetable().Run(d.ticket.Departure)
	if err != nil {
		return chepiao.MessageDropped, chepiao.WhyGone
	}
	_, last := o.Span(run, d.ticket.Board)
	why := d.m.Moot(d.ticket, last, now, d.later)
	switch {
	case why != "":
		return chepiao.MessageDropped, why
	case !d.known:
		return chepiao.MessageDropped, chepiao.WhyDestroyed
	case d.phone.IsZero():
		return chepiao.MessageUnreachable, chepiao.WhyNoPhone
	}
	return chepiao.MessageDue, ""
}

// write makes a letter's text.
func (o *Office) write(l *letter, due []dueMessage) error {
	slices.SortFunc(l.messages, func(a, b chepiao.Message) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(l.tickets, func(a, b chepiao.Ticket) int { return cmp.Compare(a.ID, b.ID) })
	lead := l.messages[0]
	lang := lead.Lang
	if lang == "" {
		i := slices.IndexFunc(due, func(d dueMessage) bool { return d.m.ID == lead.ID })
		lang = chepiao.LangFor(due[i].document)
	}
	scene, err := o.scene(lang, l.messages, l.tickets)
	if err != nil {
		return err
	}
	l.departs = scene.Departs
	l.text.ID, l.text.Text = textID(lead), lead.Kind.Text(lang, scene)
	return nil
}

// sendAll hands the letters over. Once the gateway is silent, those that were
// not begun wait for the next round. The error says what the log must hear.
func (o *Office) sendAll(ctx context.Context, now time.Time, letters []*letter) error {
	var silent atomic.Bool
	var sending sync.WaitGroup
	free := make(chan struct{}, sendersMax)
	for _, l := range letters {
		if l.fault != nil {
			continue
		}
		free <- struct{}{}
		if silent.Load() || ctx.Err() != nil {
			<-free
			break
		}
		sending.Go(func() {
			defer func() { <-free }()
			l.err = o.gateway.Send(ctx, now, l.text)
			l.tried = ctx.Err() == nil // a node that is stopping does not count the try
			if errors.Is(l.err, message.ErrUnreachable) {
				silent.Store(true)
			}
		})
	}
	sending.Wait()
	for _, l := range letters {
		if l.fault != nil {
			return fmt.Errorf("writing the text of message %s: %w", l.messages[0].ID, l.fault)
		}
		if l.tried && errors.Is(l.err, message.ErrUnreachable) {
			return l.err // one stands for all
		}
	}
	return nil
}

// recordSent stores what became of every letter and of what needed none.
func (o *Office) recordSent(ctx context.Context, now time.Time, letters []*letter, done []over, cause error) (sent int, err error) {
	if len(letters) == 0 && len(done) == 0 {
		return 0, cause
	}
	err = o.store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error { // what the gateway took must not be forgotten
		sent = 0
		for _, d := range done {
			if err := moveIf(tx, d.m, func(m chepiao.Message) (chepiao.Message, error) { return m.Become(d.state, d.why) }); err != nil {
				return err
			}
		}
		for _, l := range letters {
			if !l.tried && l.fault == nil {
				continue
			}
			if l.tried && l.err == nil {
				sent += len(l.messages)
			}
			if err := o.recordLetter(tx, now, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("recording what was sent: %w", err)
	}
	return sent, errors.Join(cause, err)
}

// moveIf moves a message unless somebody else has moved it meanwhile.
func moveIf(tx *store.Tx, was chepiao.Message, move func(chepiao.Message) (chepiao.Message, error)) error {
	current, err := tx.Message(was.ID)
	if err != nil || current.Version != was.Version {
		return err
	}
	next, err := move(current)
	if err == nil {
		tx.MoveMessage(current, next)
	}
	return err
}

func (o *Office) recordLetter(tx *store.Tx, now time.Time, l *letter) error {
	if l.err != nil || l.fault != nil {
		why, final := chepiao.WhySilence, false
		if l.fault != nil {
			why = chepiao.WhyFault
		}
		if no := message.Declined(""); !errors.Is(l.err, message.ErrUnreachable) && errors.As(l.err, &no) {
			why, final = string(no), true
		}
		for _, m := range l.messages {
			if err := moveIf(tx, m, func(m chepiao.Message) (chepiao.Message, error) { return m.Fail(now, why, final), nil }); err != nil {
				return err
			}
		}
		return nil
	}
	first, err := tx.Message(l.messages[0].ID)
	if err != nil {
		return err
	}
	for _, m := range l.messages {
		if err := recordTaken(tx, m, first); err != nil {
			return err
		}
	}
	return o.remind(tx, now, l)
}

// recordTaken notes that the gateway has a message. Its report may have come
// before: then the whole letter is what the report said.
func recordTaken(tx *store.Tx, m, first chepiao.Message) error {
	current, err := tx.Message(m.ID)
	if err != nil || current.Resent != m.Resent || current.Lead != 0 {
		return err
	}
	next := current
	if current.State == chepiao.MessageDue {
		state, why := chepiao.MessageSent, ""
		if first.Resent == m.Resent && first.State != chepiao.MessageDue {
			state, why = first.State, first.Why
		}
		if next, err = current.Become(state, why); err != nil {
			return err
		}
	} else {
		next.Version++
	}
	next.Lead = first.ID
	next.Tries++
	tx.MoveMessage(current, next)
	return nil
}

// remind stages the reminders of tickets whose holders were just told of them:
// only people with a phone are reminded, and buying costs nothing for it.
func (o *Office) remind(tx *store.Tx, now time.Time, l *letter) error {
	lead := l.messages[0]
	travelling := slices.DeleteFunc(slices.Clone(l.tickets), func(t chepiao.Ticket) bool {
		return t.Departure != lead.Departure || t.State != chepiao.TicketValid
	})
	fresh := lead.Kind == chepiao.TellIssued || lead.Kind == chepiao.TellWaitlistServed || (lead.Kind == chepiao.TellChanged && lead.Facts.WasDeparture != 0)
	if !fresh || lead.Resent > 0 || len(travelling) == 0 {
		return nil
	}
	for _, at := range chepiao.Reminders(l.departs, now, lead.Departure.Day(), o.Timetable().Zone) {
		err := tx.Tell(store.Told{Kind: chepiao.TellReminder, Lang: lead.Lang, Channel: chepiao.BySMS, State: chepiao.MessageDue, Next: at, Tickets: travelling})
		if err != nil {
			return err
		}
	}
	return nil
}
