package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
)

// noticeInput is a report whose signature is over its bytes.
type noticeInput struct {
	RawBody []byte `contentType:"application/json"`
}

type channelInput struct {
	Channel string `path:"channel" maxLength:"16" doc:"sandbox, wechat or alipay."`
	RawBody []byte `contentType:"application/octet-stream"`
}

type channelOutput struct {
	Status      int
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// heard is an answer in a channel's own words.
var heard = &huma.Response{Description: "In the channel's own words", Content: map[string]*huma.MediaType{
	"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
	"text/plain":       {Schema: &huma.Schema{Type: huma.TypeString}},
}}

// channel puts up where payment channels report to.
func (d *door) channel() {
	register(d, huma.Operation{OperationID: "notify", Method: http.MethodPost, Path: "/channels/{channel}/notify", Tags: []string{"node"}, DefaultStatus: http.StatusOK,
		Summary: "A notice of a payment channel", Description: "In the channel's own form and signed by it; docs/payments.md. It may come more than once, and is answered in the channel's own words.",
		Errors:    []int{403, 404, 413, 429, 503, 504},
		Responses: map[string]*huma.Response{"200": heard, "204": {Description: "Taken in"}, "400": heard, "401": heard, "500": heard},
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{
			"application/json":                  {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
			"application/x-www-form-urlencoded": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}}}}, d.notify)
}

func (d *door) notify(ctx context.Context, in *channelInput) (*channelOutput, error) {
	reply, err := d.Office.Notice(ctx, chepiao.PaymentChannel(in.Channel), callOf(ctx).r.Header, in.RawBody)
	if err != nil && reply.Status == 0 {
		return nil, err
	}
	if err != nil {
		d.Log.Warn("a payment channel's notice was not taken in", "channel", in.Channel, "status", reply.Status, "why", err)
	}
	return &channelOutput{reply.Status, reply.ContentType, reply.Body}, nil
}
