package pay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"chepiao"
)

var _ Channel = (*Sandbox)(nil)

// Name is chepiao.Sandbox.
func (s *Sandbox) Name() chepiao.PaymentChannel { return chepiao.Sandbox }

// Ways: on the payer's own phone, or by a code that the phone scans.
func (s *Sandbox) Ways() []chepiao.PayWay {
	return []chepiao.PayWay{chepiao.PayByPage, chepiao.PayByCode}
}

// ParseNotify reads the wallet's notice about a charge: header and body of
// the request as received (the door reads at most BodyBytesMax+1 bytes).
// Errors: ErrBadSignature, ErrStale, ErrMalformed; with any of them the notice
// must be answered with a 4xx and change nothing. The channel repeats a notice
// until it gets a 2xx, so the same one may well come twice.
func (s *Sandbox) ParseNotify(header http.Header, body []byte) (Notice, error) {
	if len(body) > BodyBytesMax {
		return Notice{}, fmt.Errorf("reading a notice: %w: longer than %d bytes", ErrMalformed, BodyBytesMax)
	}
	if err := Verify(header, s.key, ForNotice, s.now(), body); err != nil {
		return Notice{}, fmt.Errorf("reading a notice: %w", err)
	}
	var out Result
	if err := json.Unmarshal(body, &out); err != nil {
		return Notice{}, fmt.Errorf("reading a notice: %w: not JSON", ErrMalformed)
	}
	if err := out.check(); err != nil {
		return Notice{}, fmt.Errorf("reading a notice: %w: %w", ErrMalformed, err)
	}
	return Notice{Charge: &out}, nil
}

// Disbelieved says whether a notice was not taken in because it cannot be
// believed, and not because of a fault on our side.
func Disbelieved(err error) bool {
	return errors.Is(err, ErrBadSignature) || errors.Is(err, ErrStale) || errors.Is(err, ErrMalformed)
}

// Answer is 204 for a notice that was taken in, 401 for one that is not
// believed.
func (s *Sandbox) Answer(err error) (status int, contentType string, body []byte) {
	switch {
	case err == nil:
		return http.StatusNoContent, "", nil
	case Disbelieved(err):
		return http.StatusUnauthorized, "application/json", []byte(`{"code":"UNSIGNED","message":"the notice is not signed as it must be"}`)
	}
	return http.StatusInternalServerError, "application/json", []byte(`{"code":"FAULT","message":"please send it again"}`)
}

// BillLinesMax is how many lines of a bill the wallet tells at once.
const BillLinesMax = 200

// Bill reads the wallet's bill of a day, some lines at a time.
func (s *Sandbox) Bill(ctx context.Context, day chepiao.Day) (all []BillLine, err error) {
	for {
		var lines []BillLine
		path := fmt.Sprintf("/v1/bills/%s/%d", day, len(all))
		if err := s.call(ctx, http.MethodGet, path, nil, &lines); err != nil {
			return nil, fmt.Errorf("reading the bill of %s: %w", day, err)
		}
		all = append(all, lines...)
		if len(lines) < BillLinesMax {
			return all, nil
		}
	}
}
