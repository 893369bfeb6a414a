package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
)

// hooks puts up the addresses of partners that are told of messages.
func (d *door) hooks() {
	register(d, huma.Operation{OperationID: "addHook", Method: http.MethodPost, Path: "/hooks", Tags: []string{"staff"}, Security: staff, DefaultStatus: http.StatusCreated,
		Summary: "Register a webhook", Description: "It is told from now on what happened to which ticket, never who travels. The answer holds the secret that signs its calls, once; docs/messages.md says how to check them."}, d.addHook)
	register(d, huma.Operation{OperationID: "listHooks", Method: http.MethodGet, Path: "/hooks", Tags: []string{"staff"}, Security: staff, Summary: "All webhooks, and how they fare"}, d.listHooks)
	register(d, huma.Operation{OperationID: "removeHook", Method: http.MethodDelete, Path: "/hooks/{hook}", Tags: []string{"staff"}, Security: staff, DefaultStatus: http.StatusNoContent,
		Summary: "Remove a webhook"}, d.removeHook)
}

// Hook is an address that is told of messages.
type Hook struct {
	ID      string     `json:"id" example:"HK10000000018"`
	URL     string     `json:"url"`
	Kinds   []string   `json:"kinds" doc:"Of messages; empty: all."`
	State   string     `json:"state" enum:"on,off" doc:"off: it answered 410, or failed too often. Remove it and register it anew."`
	Tries   int        `json:"tries,omitempty" doc:"Calls that failed in a row."`
	Next    *time.Time `json:"next,omitempty" doc:"When it is called next, if the last call failed."`
	Created time.Time  `json:"created"`
	Secret  string     `json:"secret,omitempty" doc:"Only in the answer to its registration."`
}

func (d *door) hookOf(h chepiao.Hook) Hook {
	out := Hook{ID: h.ID.String(), URL: h.URL, Kinds: make([]string, len(h.Kinds)), State: string(h.State), Tries: h.Tries, Created: d.moment(h.Created)}
	for i, k := range h.Kinds {
		out.Kinds[i] = string(k)
	}
	if h.Tries > 0 && h.State == chepiao.HookOn {
		next := d.moment(h.Next)
		out.Next = &next
	}
	return out
}

type addHookInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once and answered the same."`
	Body        struct {
		URL   string   `json:"url" minLength:"1" maxLength:"512" example:"https://partner.example/chepiao" doc:"http or https. Redirects are not followed."`
		Kinds []string `json:"kinds,omitempty" maxItems:"20" doc:"Kinds of messages; absent: all." example:"[\"delayed\",\"cancelled\"]"`
	} `nameHint:"AddHookBody"`
}

type hookBody struct {
	Hook Hook `json:"hook"`
}

func (d *door) addHook(ctx context.Context, in *addHookInput) (*body[hookBody], error) {
	device, err := d.may(ctx, ident.Tell)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	kinds := make([]chepiao.MessageKind, len(in.Body.Kinds))
	for i, k := range in.Body.Kinds {
		kinds[i] = chepiao.MessageKind(k)
	}
	h, err := d.Office.AddHook(ctx, v, in.Body.URL, kinds)
	if err != nil {
		return nil, err
	}
	out := d.hookOf(h.Hook)
	out.Secret = h.Secret
	return &body[hookBody]{hookBody{out}}, nil
}

type hookList struct {
	Hooks []Hook `json:"hooks"`
}

func (d *door) listHooks(ctx context.Context, _ *struct{}) (*body[hookList], error) {
	if _, err := d.may(ctx, ident.Tell); err != nil {
		return nil, err
	}
	hooks, err := d.Office.Hooks(ctx)
	if err != nil {
		return nil, err
	}
	list := hookList{Hooks: make([]Hook, 0, len(hooks))}
	for _, h := range hooks {
		list.Hooks = append(list.Hooks, d.hookOf(h))
	}
	return &body[hookList]{list}, nil
}

type removeHookInput struct {
	Hook        string `path:"hook" maxLength:"40" example:"HK10000000018"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
}

func (d *door) removeHook(ctx context.Context, in *removeHookInput) (*struct{}, error) {
	device, err := d.may(ctx, ident.Tell)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseHookID(in.Hook)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	return nil, d.Office.RemoveHook(ctx, v, id)
}
