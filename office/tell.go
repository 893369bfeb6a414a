package office

import (
	"chepiao"
	"chepiao/store"
)

// tell stages a message to the holder of each ticket, in the very transaction
// of the verb that made it necessary: it stands in the outbox if and only if
// the fact does. tickets are as the verb leaves them. Nothing is staged where
// nobody would hear of it: without a gateway and without webhooks. A node that
// has webhooks but no gateway notes the messages as unreachable, so that the
// desk has its call list.
//
// Who is told is decided when the message is sent; no phone comes near here.
func (o *Office) tell(tx *store.Tx, kind chepiao.MessageKind, tickets []chepiao.Ticket, facts chepiao.MessageFacts) error {
	if len(tickets) == 0 || (o.gateway == nil && !o.hooked.Load()) {
		return nil
	}
	told := store.Told{Kind: kind, Facts: facts, Channel: chepiao.BySMS, State: chepiao.MessageDue, Tickets: tickets}
	if o.gateway == nil {
		told.Channel, told.State, told.Why = chepiao.Nowhere, chepiao.MessageUnreachable, chepiao.WhyNoGateway
	}
	return tx.Tell(told)
}
