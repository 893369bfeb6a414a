package torture

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"chepiao"
)

// never is when a request of unknown outcome is taken to have ended: whatever it
// does, it may do at any later time.
const never = math.MaxInt64

// deed is what the requests under one key amount to: done at one moment between
// call and ret, refused, or open, which is done once at some time or not at all.
type deed struct {
	Request
	open bool
}

// merge makes deeds of the requests of one departure, and says what the keys
// alone prove wrong. The promise of a key: it is done once, and who asks again
// hears the same answer.
//
// All answered yeses of a key are one deed between the first call and the first
// answer. Each refusal is a deed of its own, as refusals are not remembered.
// Requests of unknown outcome are part of the yes if there is one, else they are
// one open deed together.
func merge(requests []Request) (deeds []deed, wrong []string) {
	groups := map[string][]Request{}
	var keys []string
	for _, q := range requests {
		if q.Key == "" { // a question: it does nothing, so an unknown answer says nothing
			if q.Answer != nil || q.Refused != "" {
				deeds = append(deeds, deed{Request: q})
			}
			continue
		}
		if groups[q.Key] == nil {
			keys = append(keys, q.Key)
		}
		groups[q.Key] = append(groups[q.Key], q)
	}
	for _, key := range keys {
		d, no := mergeKey(groups[key])
		deeds, wrong = append(deeds, d...), append(wrong, no...)
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return int(a.Call - b.Call) })
	return deeds, wrong
}

func mergeKey(group []Request) (deeds []deed, wrong []string) {
	var yes, unknown *deed
	for _, q := range group {
		switch {
		case q.Answer != nil && yes == nil:
			yes = &deed{Request: q}
		case q.Answer != nil:
			if !reflect.DeepEqual(q.Answer, yes.Answer) {
				wrong = append(wrong, fmt.Sprintf("key %s: %s was answered %+v and %+v", q.Key, q.Verb, *yes.Answer, *q.Answer))
			}
			yes.Return = min(yes.Return, q.Return)
		case q.Refused != "":
			if q.Refused == chepiao.ReplayMismatch {
				wrong = append(wrong, fmt.Sprintf("key %s: %s sent again was taken for another request", q.Key, q.Verb))
			}
			deeds = append(deeds, deed{Request: q})
		case unknown == nil:
			unknown = &deed{Request: q, open: true}
			unknown.Return = never
		default:
			unknown.Call = min(unknown.Call, q.Call)
		}
	}
	if yes == nil {
		if unknown != nil {
			deeds = append(deeds, *unknown)
		}
		return deeds, wrong
	}
	for _, q := range group {
		yes.Call = min(yes.Call, q.Call)
		if q.Refused != "" && q.Call > yes.Return {
			wrong = append(wrong, fmt.Sprintf("key %s: %s was done and then refused: %s", q.Key, q.Verb, q.Refused))
		}
	}
	return append(deeds, *yes), wrong
}
