package chepiao

import (
	"strconv"
	"time"
)

// Explanation says why an answer is as it is: the rule that decided, the
// edition of the rule book it stands in, what went into the decision, and one
// sentence for the passenger. The same inputs under the same edition give the
// same decision and the same explanation.
type Explanation struct {
	Rule    string  `json:"rule"`    // its name in docs/rules.md: "refund", "half_age"
	Version int64   `json:"version"` // edition of the rule book
	Inputs  []Input `json:"inputs,omitempty"`
	ZH      string  `json:"zh"`
	EN      string  `json:"en"`
}

// Input is one thing that went into a decision, as text that a program can
// compare: money in fen, times in RFC 3339, spans in seconds, shares in basis
// points. It never holds personal data; an age is a number of years.
type Input struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Given makes an input of a value. It panics on a type it does not know, which
// is a programmer's error.
func Given(name string, value any) Input {
	switch v := value.(type) {
	case string:
		return Input{name, v}
	case int:
		return Input{name, strconv.Itoa(v)}
	case int64:
		return Input{name, strconv.FormatInt(v, 10)}
	case Money:
		return Input{name, strconv.FormatInt(int64(v), 10)}
	case bool:
		return Input{name, strconv.FormatBool(v)}
	case time.Duration:
		return Input{name, strconv.FormatInt(int64(v/time.Second), 10)}
	case time.Time:
		return Input{name, v.UTC().Format(time.RFC3339)}
	case interface{ String() string }:
		return Input{name, v.String()}
	}
	panic("chepiao: an input of an unknown type: " + name)
}

// By returns the refusal with the rule that said no, its edition and what went
// into it. The sentence is the refusal's own.
func (r *Refusal) By(rule string, rules *Rules, inputs ...Input) *Refusal {
	c := *r
	c.Because = &Explanation{Rule: rule, Version: rules.Version, Inputs: inputs, ZH: r.ZH, EN: r.EN}
	return &c
}
