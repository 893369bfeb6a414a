package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/voucher"
)

// publishedKeys is the signed key directory of a ring, made once.
type publishedKeys struct {
	ring *voucher.Ring
	list json.RawMessage
}

// directory puts up what the node publishes about itself.
func (d *door) directory() {
	register(d, huma.Operation{OperationID: "getKeys", Method: http.MethodGet, Path: "/keys", Tags: []string{"node"}, Summary: "The signed list of public keys that verify vouchers",
		Description: "Whoever has this list can verify a voucher without asking anybody; docs/voucher.md describes it."}, d.getKeys)
	register(d, huma.Operation{OperationID: "getProblem", Method: http.MethodGet, Path: "/problems/{reason}", Tags: []string{"node"}, Summary: "What a reason means"}, d.getProblem)
}

type keysOutput struct {
	ContentType string `header:"Content-Type"`
	Body        keyDirectory
}

// keyDirectory says for the document what the signed list looks like; its bytes
// are the voucher package's.
type keyDirectory struct {
	json.RawMessage
}

// Schema leaves the members to docs/voucher.md.
func (keyDirectory) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "Signed key directory: see docs/voucher.md.", AdditionalProperties: true}
}

func (d *door) getKeys(context.Context, *struct{}) (*keysOutput, error) {
	ring := d.Office.Ring()
	keys := d.keys.Load()
	if keys == nil || keys.ring != ring {
		list, err := ring.Publish(numberOf(d.Directory, ring), d.Now(), append(ring.Public(), ring.Trusted()...)...)
		if err != nil {
			return nil, err
		}
		keys = &publishedKeys{ring, list}
		d.keys.Store(keys)
	}
	return &keysOutput{"application/json", keyDirectory{keys.list}}, nil
}

// numberOf is the number of a directory that also has the keys of the province's
// other nodes: it grows when one of them gets a key or loses it, and every process of
// the node finds the same one.
func numberOf(own int64, ring *voucher.Ring) int64 {
	others := ring.Trusted()
	if len(others) == 0 {
		return own
	}
	number := own<<20 + int64(len(others))
	for _, k := range others {
		if !k.Revoked.IsZero() {
			number++
		}
	}
	return number
}

// ProblemKind explains the type of a problem.
type ProblemKind struct {
	Reason chepiao.Reason `json:"reason"`
	Status int            `json:"status"`
	ZH     string         `json:"zh"`
	EN     string         `json:"en"`
}

type problemPath struct {
	Reason string `path:"reason" maxLength:"40" example:"SOLD_OUT"`
}

func (d *door) getProblem(_ context.Context, in *problemPath) (*body[ProblemKind], error) {
	k, ok := kinds[chepiao.Reason(in.Reason)]
	if !ok {
		return nil, chepiao.Refuse(chepiao.NotFound, "没有这种原因", "there is no such reason").At("reason")
	}
	return &body[ProblemKind]{ProblemKind{chepiao.Reason(in.Reason), k.status, k.zh, k.en}}, nil
}
