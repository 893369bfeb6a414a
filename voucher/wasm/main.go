//go:build js && wasm

// Command wasm is the voucher's verification for a browser or Node, as
// WebAssembly. It talks to nobody: the page brings the code, the key directory and the time.
//
//	GOOS=js GOARCH=wasm go build -ldflags='-s -w' -trimpath -o verify.wasm ./voucher/wasm
//
// The page loads Go's wasm_exec.js (lib/wasm in GOROOT, of the same Go
// version), then
//
//	const go = new Go()
//	const { instance } = await WebAssembly.instantiateStreaming(fetch("verify.wasm"), go.importObject)
//	go.run(instance) // do not await: it runs as long as the page
//	const answer = JSON.parse(chepiaoVerify(code, directoryJSON, Date.now(), "zh", stationsJSON))
//
// # Contract
//
//	chepiaoVerify(code, directoryJSON, nowMs, lang, stationsJSON?) -> string
//
//	code           string  as scanned or typed; spaces and line breaks around it are dropped
//	directoryJSON  string  the signed key directory as published; parsed once, then remembered
//	nowMs          number  milliseconds since 1970
//	lang           string  "zh" or "en"; anything else is "zh"
//	stationsJSON   string  optional {"1001": "Shijiazhuang"}: names for station numbers
//
// It never throws. The string is JSON:
//
//	valid      boolean  signature, key and times are all right
//	signed     boolean  the signature is right; when false the lines show what a
//	                    forger wrote and must not be shown as facts
//	reason     string   "OK", or why not: BAD_QR, UNKNOWN_KEY, TAMPERED, KEY_REVOKED,
//	                    KEY_OUT_OF_DATE, NOT_YET_VALID, VOUCHER_EXPIRED; INVALID for wrong
//	                    arguments; field "directory" with INVALID or TAMPERED: the list is bad
//	field      string   the argument that is wrong; "" when the verdict is about the code
//	message    string   one sentence in lang
//	kid, suite, issuer  string   of the code; "" when it cannot be read
//	directory  object   {issuer, number, issued, signer, keys}; null when it is bad.
//	                    The list is checked with a key inside it: whole, but only as
//	                    trustworthy as the place the page has it from
//	lines      array    [{number, name, value, sentence}], in lang; [] when unreadable
package main

import (
	"encoding/json"
	"math"
	"strings"
	"syscall/js"
	"time"

	"chepiao"
	"chepiao/voucher"
)

type answer struct {
	Valid     bool           `json:"valid"`
	Signed    bool           `json:"signed"`
	Reason    chepiao.Reason `json:"reason"`
	Field     string         `json:"field"`
	Message   string         `json:"message"`
	Kid       string         `json:"kid"`
	Suite     string         `json:"suite"`
	Issuer    string         `json:"issuer"`
	Directory *directory     `json:"directory"`
	Lines     []line         `json:"lines"`
}

type directory struct {
	Issuer string    `json:"issuer"`
	Number int64     `json:"number"`
	Issued time.Time `json:"issued"`
	Signer string    `json:"signer"`
	Keys   int       `json:"keys"`
}

type line struct {
	Number   string `json:"number"`
	Name     string `json:"name"`
	Value    string `json:"value"`
	Sentence string `json:"sentence"`
}

func main() {
	js.Global().Set("chepiaoVerify", js.FuncOf(func(_ js.Value, args []js.Value) any {
		out, err := json.Marshal(verify(args))
		if err != nil {
			return `{"valid":false,"signed":false,"reason":"INVALID","field":"","message":"","kid":"","suite":"","issuer":"","directory":null,"lines":[]}`
		}
		return string(out)
	}))
	select {}
}

func verify(args []js.Value) answer {
	in, refusal := read(args)
	if refusal != nil {
		return in.refused(refusal)
	}
	list, refusal := parse(in.directory)
	if refusal != nil {
		return in.refused(refusal)
	}
	v := list.Verify(strings.TrimSpace(in.code), in.now)
	a := answer{Valid: v.Valid, Signed: v.Signed, Reason: chepiao.CheckOK, Lines: []line{}}
	a.Message = in.say(v.Text())
	if v.Refusal != nil {
		a.Reason, a.Field = v.Refusal.Reason, v.Refusal.Field
	}
	a.Directory = &directory{list.Issuer, list.Number, list.Issued, list.Signer.String(), len(list.Keys)}
	if v.Claims != nil {
		a.Kid, a.Suite, a.Issuer = v.Key.String(), string(v.Suite), v.Claims.Issuer
	}
	for _, l := range v.Explain(nil, in.stations) {
		a.Lines = append(a.Lines, line{l.Number, in.say(l.NameZH, l.NameEN), l.Value, in.say(l.ZH, l.EN)})
	}
	return a
}

type input struct {
	code, directory string
	now             time.Time
	english         bool
	stations        map[chepiao.StationNo]string
}

// read takes the arguments; a wrong type is a refusal, not an exception.
func read(args []js.Value) (in input, refusal *chepiao.Refusal) {
	in.english = len(args) > 3 && args[3].Type() == js.TypeString && args[3].String() == "en"
	wrong := func(field string) *chepiao.Refusal {
		return chepiao.Refuse(chepiao.Invalid, "参数有误:"+field, "wrong argument: "+field).At(field)
	}
	switch {
	case len(args) < 1 || args[0].Type() != js.TypeString:
		return in, wrong("code")
	case len(args) < 2 || args[1].Type() != js.TypeString:
		return in, wrong("directory")
	case len(args) < 3 || args[2].Type() != js.TypeNumber || !(math.Abs(args[2].Float()) < 1e15):
		return in, wrong("now")
	}
	in.code, in.directory, in.now = args[0].String(), args[1].String(), time.UnixMilli(int64(args[2].Float()))
	if len(args) > 4 && args[4].Type() == js.TypeString && args[4].String() != "" {
		if json.Unmarshal([]byte(args[4].String()), &in.stations) != nil {
			return in, wrong("stations")
		}
	}
	return in, nil
}

// remembered is the last directory read: a gate verifies many codes with one.
var remembered struct {
	text string
	list *voucher.Directory
}

func parse(text string) (*voucher.Directory, *chepiao.Refusal) {
	if remembered.list != nil && remembered.text == text {
		return remembered.list, nil
	}
	list, err := voucher.ParseDirectory([]byte(text))
	if err != nil {
		return nil, chepiao.AsRefusal(err) // without anchors every error is a refusal
	}
	remembered.text, remembered.list = text, list
	return list, nil
}

func (in input) refused(r *chepiao.Refusal) answer {
	return answer{Reason: r.Reason, Field: r.Field, Message: in.say(r.ZH, r.EN), Lines: []line{}}
}

func (in input) say(zh, en string) string {
	if in.english {
		return en
	}
	return zh
}
