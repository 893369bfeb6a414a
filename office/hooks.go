package office

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"chepiao"
	"chepiao/message"
	"chepiao/store"
)

// Limits of webhooks: how many a node has, and how long one may keep a round
// busy.
const (
	hooksMax     = 100
	hookRoundMax = 10 * time.Second
)

// Hooked is a webhook as its registration answers: Secret signs its calls and
// is shown this once.
type Hooked struct {
	Hook   chepiao.Hook
	Secret string
}

// AddHook registers an address that is told of messages from now on. kinds
// empty means all of them. Refusals: Invalid, TooMany.
func (o *Office) AddHook(ctx context.Context, v Verb, url string, kinds []chepiao.MessageKind) (Hooked, error) {
	if err := message.CheckURL(url); err != nil {
		return Hooked{}, chepiao.Refuse(chepiao.Invalid, "推送地址应为 http 或 https 地址，不含用户名", err.Error()).At("url")
	}
	kinds = slices.Compact(slices.Sorted(slices.Values(kinds)))
	for _, k := range kinds {
		if !k.Known() {
			return Hooked{}, chepiao.Refuse(chepiao.Invalid, "没有这种消息", "there is no such kind of message").At("kinds")
		}
	}
	e, err := o.once(ctx, v, []any{"hook", url, kinds}, func(tx *store.Tx) (*chepiao.Event, error) {
		n, err := tx.CountHooks()
		if err != nil {
			return nil, err
		}
		if n >= hooksMax {
			return nil, chepiao.Refuse(chepiao.TooMany, "推送地址数量已达上限", "there are too many webhooks").At("url")
		}
		h := chepiao.Hook{ID: chepiao.HookID(tx.NextIDs(1)), URL: url, Kinds: kinds, State: chepiao.HookOn, Created: tx.Now, Version: 1}
		if err := tx.AddHook(h); err != nil {
			return nil, err
		}
		return recordHook(tx, chepiao.HookWasAdded, v.By, h.ID, h.Version)
	})
	if err != nil {
		return Hooked{}, err
	}
	id, err := chepiao.ParseHookID(e.Reason)
	if err != nil {
		return Hooked{}, fmt.Errorf("reading a webhook's number from the journal: %w", err)
	}
	return o.hookedNow(ctx, id)
}

// hookedNow reads a webhook just registered, with its secret.
func (o *Office) hookedNow(ctx context.Context, id chepiao.HookID) (Hooked, error) {
	hooks, err := o.Hooks(ctx)
	if err != nil {
		return Hooked{}, err
	}
	o.listen(hooks)
	for _, h := range hooks {
		if h.ID == id {
			return Hooked{h, o.secret.hookSecret(id)}, nil
		}
	}
	return Hooked{}, chepiao.Refuse(chepiao.NotFound, "没有这个推送地址", "there is no such webhook").At("hook") // sent again after it was removed
}

// recordHook stages the event of a webhook. The journal has its number only: an
// address may hold a partner's secret.
func recordHook(tx *store.Tx, kind chepiao.EventKind, by string, id chepiao.HookID, version int64) (*chepiao.Event, error) {
	e := &chepiao.Event{Kind: kind, By: by, Reason: id.String()}
	return e, tx.Record("hook "+id.String(), version, *e)
}

// RemoveHook takes a webhook off the list. Refusal NotFound.
func (o *Office) RemoveHook(ctx context.Context, v Verb, id chepiao.HookID) error {
	_, err := o.once(ctx, v, []any{"unhook", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		h, err := tx.Hook(id)
		if err != nil {
			return nil, err
		}
		tx.RemoveHook(h)
		return recordHook(tx, chepiao.HookWasRemoved, v.By, id, h.Version+1)
	})
	if err != nil {
		return err
	}
	return o.loadHooks(ctx)
}

// Hooks are all webhooks, in the order of their numbers.
func (o *Office) Hooks(ctx context.Context) (hooks []chepiao.Hook, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		hooks, err = r.Hooks(hooksMax)
		return err
	})
	return hooks, err
}

func (o *Office) loadHooks(ctx context.Context) error {
	hooks, err := o.Hooks(ctx)
	if err == nil {
		o.listen(hooks)
	}
	return err
}

// listen notes whether any webhook wants to be told.
func (o *Office) listen(hooks []chepiao.Hook) {
	o.hooked.Store(slices.ContainsFunc(hooks, func(h chepiao.Hook) bool { return h.State == chepiao.HookOn }))
}

// hookSecret is the key that signs the calls of a webhook. It is made from the
// node's key and the hook's number, so that no database holds it.
func (s secret) hookSecret(id chepiao.HookID) string {
	key, err := hkdf.Key(sha256.New, s.node, nil, "chepiao hook "+id.String(), 20)
	if err != nil {
		panic(err) // twenty bytes are always to be had
	}
	return "cph_" + strings.ToLower(base32.StdEncoding.EncodeToString(key))
}

// CallHooks tells every webhook that is due what happened since it last
// listened, and says how many events were taken. A webhook that does not take
// its events holds up nobody else: it is tried again after a growing pause, and
// switched off when it answers 410 or has failed too often.
func (o *Office) CallHooks(ctx context.Context, now time.Time) (taken int, err error) {
	hooks, err := o.Hooks(ctx)
	if err != nil {
		return 0, fmt.Errorf("finding webhooks: %w", err)
	}
	o.listen(hooks)
	var mu sync.Mutex
	var calling sync.WaitGroup
	for _, h := range hooks {
		if h.State != chepiao.HookOn || now.Before(h.Next) {
			continue
		}
		calling.Go(func() {
			n, one := o.callHook(ctx, now, h)
			mu.Lock()
			defer mu.Unlock()
			taken += n
			err = errors.Join(err, one)
		})
	}
	calling.Wait()
	return taken, err
}

// callHook brings one webhook up to date, at most for hookRoundMax.
func (o *Office) callHook(ctx context.Context, now time.Time, h chepiao.Hook) (taken int, err error) {
	round, end := context.WithTimeout(ctx, hookRoundMax)
	defer end()
	for round.Err() == nil {
		call, next, err := o.nextCall(ctx, h)
		if err != nil || slices.Equal(next.Taken, h.Taken) {
			return taken, err
		}
		if len(call.Events) > 0 {
			err = o.caller.Call(ctx, now, h.URL, []byte(o.secret.hookSecret(h.ID)), call)
			if ctx.Err() != nil {
				return taken, nil // the node is stopping: this try does not count
			}
		}
		if err != nil {
			next = h.Fail(now, "UNREACHABLE", errors.Is(err, message.ErrGone))
			_, moveErr := o.moveHook(ctx, h, next)
			return taken, errors.Join(err, moveErr)
		}
		next.Tries, next.Why = 0, ""
		next.Version++
		taken += len(call.Events)
		stands, err := o.moveHook(ctx, h, next)
		if err != nil || !stands {
			return taken, err
		}
		h = next
	}
	return taken, nil
}

// nextCall gathers the next events of a webhook and says how far it has come with
// them: past messages it does not want, too. Those of one lane are in the order
// in which they were stored; those of several lanes, in that of their times.
func (o *Office) nextCall(ctx context.Context, h chepiao.Hook) (call message.Call, next chepiao.Hook, err error) {
	call, next = message.Call{Hook: h.ID}, h
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err := o.untold(r, h)
		if err != nil {
			return err
		}
		for _, m := range list {
			if len(call.Events) == message.EventsMax {
				break
			}
			next = next.Take(m.ID)
			if !h.Wants(m.Kind) {
				continue
			}
			t, err := r.Ticket(m.Ticket)
			if err != nil {
				return err
			}
			order, err := r.Order(m.Order)
			if err != nil {
				return err
			}
			call.Events = append(call.Events, message.Event{
				ID: m.ID, Kind: m.Kind, At: m.Created, Order: m.Order, Ticket: m.Ticket, Departure: m.Departure,
				OrderState: order.State, TicketState: t.State, Seat: t.Seat, Facts: m.Facts,
			})
		}
		return nil
	})
	return call, next, err
}

// untold are the next messages that a webhook has not taken, by their times. Of
// lanes with more to come, what lies after the end of the first of them waits.
func (o *Office) untold(r *store.Reader, h chepiao.Hook) (all []chepiao.Message, err error) {
	const lookMax = 1000 // in each lane
	lanes, err := r.Lanes(o.store.Node())
	if err != nil {
		return nil, err
	}
	var end time.Time
	for _, lane := range lanes {
		list, err := r.MessagesOfLane(lane, h.After(lane), lookMax)
		if err != nil {
			return nil, err
		}
		if n := len(list); n == lookMax && (end.IsZero() || list[n-1].Created.Before(end)) {
			end = list[n-1].Created
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b chepiao.Message) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	if !end.IsZero() {
		n, _ := slices.BinarySearchFunc(all, end, func(m chepiao.Message, t time.Time) int {
			if m.Created.After(t) {
				return 1
			}
			return -1
		})
		all = all[:n]
	}
	return all, nil
}

// moveHook records how far a webhook has come; stands is false when somebody
// else has changed or removed it meanwhile.
func (o *Office) moveHook(ctx context.Context, was, next chepiao.Hook) (stands bool, err error) {
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		stands = false
		current, err := tx.Hook(was.ID)
		if chepiao.Why(err) == chepiao.NotFound {
			return nil
		}
		if err != nil || current.Version != was.Version {
			return err
		}
		stands = true
		tx.MoveHook(was, next)
		return nil
	})
	return stands, err
}
