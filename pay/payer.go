package pay

import "context"

// A PayerFinder is a channel whose app says who its user is, to pages that are
// opened inside it: what chepiao.PayInApp asks for. The page sends the browser
// to PayerPage, which comes back to the given address with ?code= and ?state=;
// Payer tells for the code who it is, Charge.Payer. A code is good once.
// ErrUnreachable, ErrCode.
type PayerFinder interface {
	PayerPage(back, state string) string
	Payer(ctx context.Context, code string) (string, error)
}
