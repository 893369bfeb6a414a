package torture

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Verdict is what the judge says of a history. An empty list of Wrong is the
// proof that an honest clerk could have given every answer in it.
type Verdict struct {
	Departures, Deeds int
	Requests          int
	Unknown           int // requests of unknown outcome
	Resolved          int // of them, those whose key was answered in the end
	Open              int // deeds that stayed open
	Longest           time.Duration
	Wrong             []string
	// Rejected are the departures that the model rejected, for a picture.
	Rejected []string
}

// judgeMax is how long the judge may think about one departure. A departure
// without a verdict counts as wrong: the load must be made so that it ends.
const judgeMax = 20 * time.Second

// Judge holds a history against the model, departure by departure.
func Judge(h *History) Verdict {
	v := Verdict{Requests: len(h.Requests)}
	parts, names := byDeparture(h.Requests)
	v.Departures = len(names)
	v.count(h.Requests)
	var mu sync.Mutex
	var wg sync.WaitGroup
	lanes := make(chan struct{}, 2)
	for _, name := range names {
		lanes <- struct{}{}
		wg.Go(func() {
			defer func() { <-lanes }()
			began := time.Now()
			deeds, open, result, wrong := judgeOne(h.Header, parts[name])
			mu.Lock()
			defer mu.Unlock()
			v.Deeds += deeds
			v.Open += open
			v.Longest = max(v.Longest, time.Since(began))
			for _, w := range wrong {
				v.Wrong = append(v.Wrong, name+": "+w)
			}
			if result != porcupine.Ok {
				v.Wrong = append(v.Wrong, fmt.Sprintf("%s: %s: no order of %d deeds explains the answers", name, result, deeds))
				v.Rejected = append(v.Rejected, name)
			}
		})
	}
	wg.Wait()
	slices.Sort(v.Wrong)
	slices.Sort(v.Rejected)
	return v
}

func byDeparture(requests []Request) (parts map[string][]Request, names []string) {
	parts = map[string][]Request{}
	for _, q := range requests {
		if parts[q.Departure] == nil {
			names = append(names, q.Departure)
		}
		parts[q.Departure] = append(parts[q.Departure], q)
	}
	return parts, names
}

// count counts the unknown outcomes and how many their keys resolved.
func (v *Verdict) count(requests []Request) {
	answered := map[string]bool{}
	for _, q := range requests {
		if q.Key != "" && (q.Answer != nil || q.Refused != "") {
			answered[q.Key] = true
		}
	}
	for _, q := range requests {
		if q.Answer == nil && q.Refused == "" {
			v.Unknown++
			if q.Key == "" || answered[q.Key] { // a question needs no resolving
				v.Resolved++
			}
		}
	}
}

func judgeOne(h Header, requests []Request) (deeds, open int, result porcupine.CheckResult, wrong []string) {
	merged, wrong := merge(requests)
	for _, d := range merged {
		if d.open {
			open++
		}
	}
	c, tasks, unheard := newClerk(h, merged)
	return len(merged), open, porcupine.CheckOperationsTimeout(c.model(), tasks, judgeMax), append(wrong, unheard...)
}

// Picture writes the history of one departure as a page that shows how far the
// model could follow.
func Picture(h *History, departure, path string) error {
	parts, _ := byDeparture(h.Requests)
	merged, _ := merge(parts[departure])
	c, tasks, _ := newClerk(h.Header, merged)
	model := c.model()
	_, info := porcupine.CheckOperationsVerbose(model, tasks, judgeMax)
	if err := porcupine.VisualizePath(model, info, path); err != nil {
		return fmt.Errorf("drawing %s: %w", departure, err)
	}
	return nil
}
