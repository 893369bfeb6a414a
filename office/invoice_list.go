package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
	"chepiao/tax"
)

// InvoiceDocument fetches an invoice from the tax service, or the red one that took
// it back. Refusals: NotFound, WrongState when it is not there (yet), Unavailable
// when the service does not answer.
func (o *Office) InvoiceDocument(ctx context.Context, id chepiao.InvoiceID, form tax.Format, red bool) ([]byte, error) {
	if o.tax == nil {
		return nil, noTax
	}
	v, err := o.Invoice(ctx, id)
	if err != nil {
		return nil, err
	}
	if form.Type() == "" || v.Typed || v.Number == "" || red && v.Red == "" {
		return nil, chepiao.Refuse(chepiao.WrongState, "该电子发票没有这个文件", "the invoice has no such document").At("invoice")
	}
	b, err := o.tax.Document(ctx, id.String(), form, red)
	if errors.Is(err, tax.ErrUnreachable) {
		return nil, chepiao.Refuse(chepiao.Busy, "税务服务暂时无法访问，请稍后再试", "the tax service cannot be reached now: please try again later").At("invoice")
	}
	if err != nil {
		return nil, fmt.Errorf("fetching invoice %s: %w", id, err)
	}
	return b, nil
}

// InvoicesIn lists the invoices in a state after a number, in the order of their
// numbers, at most limit: those under way, and those that were declined.
func (o *Office) InvoicesIn(ctx context.Context, state chepiao.InvoiceState, after chepiao.InvoiceID, limit int) (list []chepiao.Invoice, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err = r.InvoicesIn(state, after, limit)
		return err
	})
	return list, err
}

// InvoiceDifference is one place where our list of a day and the tax service's do not
// agree. ID is our number as either of them has it.
type InvoiceDifference struct {
	ID     string
	Number string
	What   DifferenceOf
	Ours   chepiao.Money // 0: we have none
	Theirs chepiao.Money // 0: they have none
}

// DifferenceOf says what differs.
type DifferenceOf string

const (
	OnlyOurs   DifferenceOf = "only_ours"   // we say it was issued, they do not
	OnlyTheirs DifferenceOf = "only_theirs" // they issued one that we know nothing of
	SumDiffers DifferenceOf = "sum"
	NumberDiff DifferenceOf = "number"
	RedDiffers DifferenceOf = "red" // one side says that it was reversed
)

// CompareInvoices holds our list of what was issued on a day against the tax
// service's. What is still under way here, because an answer was lost, is no
// difference. Refusals: NotFound without a tax service, Busy when it does not answer.
func (o *Office) CompareInvoices(ctx context.Context, day chepiao.Day) (same int, differ []InvoiceDifference, err error) {
	if o.tax == nil {
		return 0, nil, noTax
	}
	theirs, err := o.tax.Day(ctx, day)
	if errors.Is(err, tax.ErrUnreachable) {
		return 0, nil, chepiao.Refuse(chepiao.Busy, "税务服务暂时无法访问，请稍后再试", "the tax service cannot be reached now: please try again later").At("invoice")
	}
	if err != nil {
		return 0, nil, fmt.Errorf("comparing invoices: %w", err)
	}
	ours, err := o.issuedOn(ctx, day)
	if err != nil {
		return 0, nil, err
	}
	known := map[string]chepiao.Invoice{}
	for _, v := range ours {
		known[v.ID.String()] = v
	}
	for _, t := range theirs {
		v, ok := known[t.ID]
		delete(known, t.ID)
		if !ok {
			if v, err = o.underWay(ctx, t.ID); err != nil {
				return 0, nil, err
			}
		}
		d := InvoiceDifference{ID: t.ID, Number: t.Number, Ours: v.Amount, Theirs: t.Amount}
		switch {
		case v.State == chepiao.InvoiceAsked:
			continue
		case !ok:
			d.What = OnlyTheirs
		case v.Amount != t.Amount:
			d.What = SumDiffers
		case v.Number != t.Number:
			d.What = NumberDiff
		case v.Red != t.Red && v.State != chepiao.InvoiceReversing:
			d.What = RedDiffers
		default:
			same++
			continue
		}
		differ = append(differ, d)
	}
	for _, v := range ours {
		if _, left := known[v.ID.String()]; left {
			differ = append(differ, InvoiceDifference{ID: v.ID.String(), Number: v.Number, What: OnlyOurs, Ours: v.Amount})
		}
	}
	return same, differ, nil
}

// issuedOn are our invoices of a day of China's calendar that the tax service made.
func (o *Office) issuedOn(ctx context.Context, day chepiao.Day) (list []chepiao.Invoice, err error) {
	zone := o.Timetable().Zone
	begins, err := time.ParseInLocation(time.DateOnly, day.String(), zone)
	if err != nil {
		return nil, err
	}
	const page = 500
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for after := chepiao.InvoiceID(0); ; {
			some, err := r.InvoicesIssued(begins, begins.AddDate(0, 0, 1), after, page)
			if err != nil {
				return err
			}
			for _, v := range some {
				after = v.ID
				if !v.Typed {
					list = append(list, v)
				}
			}
			if len(some) < page {
				return nil
			}
		}
	})
	return list, err
}

// underWay is one of ours by its number as the tax service says it, zero for none.
func (o *Office) underWay(ctx context.Context, no string) (v chepiao.Invoice, err error) {
	id, err := chepiao.ParseInvoiceID(no)
	if err != nil {
		return v, nil // not one of ours
	}
	v, err = o.Invoice(ctx, id)
	if chepiao.Why(err) == chepiao.NotFound {
		err = nil
	}
	return v, err
}
