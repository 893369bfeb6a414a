//go:build js && wasm

// Command wasm is the gate that decides alone, for a browser: floor 0's check and
// the verification of vouchers. It talks to nobody; the page brings the list, what
// was read and the time.
//
//	gateLoad(list: Uint8Array) -> string   {"version", "made", "tickets", "departures"} or {"error"}
//	gatePassed(ticket, atMs, device)       a passage that the list does not know of
//	decideFace(json) -> string              chepiao.FaceLook and "rules" in, chepiao.FaceVerdict out
//	gateBoard(nowMs, afterMs, most) -> string  []alone.Row; "[]" before a list is loaded
//	gateDecide(askJSON) -> string          alone.Ask in, alone.Answer out; {"error"} before a list is loaded
package main

import (
	"encoding/json"
	"syscall/js"
	"time"

	"chepiao"
	"chepiao/alone"
	"chepiao/voucher"
)

var gate *alone.Gate

func main() {
	js.Global().Set("gateLoad", js.FuncOf(func(_ js.Value, args []js.Value) any {
		data := make([]byte, args[0].Get("length").Int())
		js.CopyBytesToGo(data, args[0])
		told, err := load(data)
		if err != nil {
			return say(map[string]string{"error": err.Error()})
		}
		return say(told)
	}))
	js.Global().Set("gatePassed", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if id, err := chepiao.ParseTicketID(args[0].String()); err == nil && gate != nil {
			gate.Passed(id, time.UnixMilli(int64(args[1].Float())), args[2].String())
		}
		return nil
	}))
	js.Global().Set("gateBoard", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if gate == nil {
			return "[]"
		}
		return say(gate.Board(time.UnixMilli(int64(args[0].Float())), time.UnixMilli(int64(args[1].Float())), args[2].Int()))
	}))
	js.Global().Set("gateDecide", js.FuncOf(func(_ js.Value, args []js.Value) any {
		var ask alone.Ask
		if err := json.Unmarshal([]byte(args[0].String()), &ask); err != nil || gate == nil {
			return `{"error":"no list, or a wrong question"}`
		}
		return say(gate.Decide(ask))
	}))
	js.Global().Set("decideFace", js.FuncOf(func(_ js.Value, args []js.Value) any {
		ask := struct {
			chepiao.FaceLook
			Rules *chepiao.Rules `json:"rules"`
		}{Rules: &chepiao.Rules{}}
		if err := json.Unmarshal([]byte(args[0].String()), &ask); err != nil || ask.Rules == nil {
			return `{"error":"a wrong question"}`
		}
		return say(chepiao.DecideFace(ask.FaceLook, ask.Rules))
	}))
	select {}
}

func load(data []byte) (any, error) {
	next, head, err := alone.OpenSigned(data, func(raw []byte) (alone.Verify, error) {
		var list []voucher.PublicKey
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
		keys, err := voucher.NewKeys(list...)
		if err != nil {
			return nil, err
		}
		return func(code string, now time.Time) (*chepiao.Claims, *chepiao.Refusal) {
			v := keys.Verify(code, now)
			if !v.Signed {
				return nil, v.Refusal
			}
			return v.Claims, v.Refusal
		}, nil
	})
	if err != nil {
		return nil, err
	}
	gate = next
	return head, nil
}

func say(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return `{"error":"an answer cannot be written"}`
	}
	return string(out)
}
