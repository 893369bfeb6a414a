package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/pay"
)

type noticeInput struct {
	RawBody []byte `contentType:"application/json"`
}

// channel puts up where payment channels report to.
func (d *door) channel() {
	register(d, huma.Operation{OperationID: "notify", Method: http.MethodPost, Path: "/channels/sandbox/notify", Tags: []string{"node"}, DefaultStatus: http.StatusNoContent,
		Summary: "A notice of the practice wallet", Description: "Signed by the wallet; docs/payments.md. It may come more than once.",
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}}}}, d.notify)
}

func (d *door) notify(ctx context.Context, in *noticeInput) (*struct{}, error) {
	err := d.Office.Notice(ctx, callOf(ctx).r.Header, in.RawBody)
	if errors.Is(err, pay.ErrBadSignature) || errors.Is(err, pay.ErrStale) || errors.Is(err, pay.ErrMalformed) {
		return nil, chepiao.Refuse(chepiao.Unauthorized, "通知签名无效", "the notice is not signed as it must be").At("body")
	}
	return nil, err
}
