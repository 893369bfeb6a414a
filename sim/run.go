package sim

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"chepiao"
)

// Report is what came of one seed.
type Report struct {
	Seed    uint64                 `json:"seed"`
	Steps   int                    `json:"steps"`
	Did     map[string]int         `json:"did"`              // what succeeded, by deed
	Refused map[chepiao.Reason]int `json:"refused"`          // and what was refused, by reason
	Broken  bool                   `json:"broken,omitempty"` // by Options.Sabotage: there was something to break
	Wrong   []string               `json:"wrong,omitempty"`
	Log     []string               `json:"log,omitempty"` // what happened before, where something is wrong
}

// Sabotages are the ways in which the system can be broken on purpose, each with
// the invariant that must notice.
var Sabotages = map[string]string{
	"keep-seats":   "a node gives seats and goes on holding them",
	"free-seat":    "a seat is freed though its ticket lives",
	"check-anyway": "a node that does not own a ticket lets its passenger through",
	"lose-parcel":  "a parcel is taken for heard that never came",
	"pay-twice":    "money goes back twice",
	"keep-quiet":   "two tickets of one person at two holders are kept from the desk",
}

// Run simulates one seed: so many steps, an invariant check after each, then
// everybody is connected again and must agree. An error means that the simulation
// itself could not go on; what the system did wrong is in the report.
func Run(ctx context.Context, o Options) (_ Report, err error) {
	if o.Steps == 0 {
		o.Steps = 400
	}
	if o.Stations == 0 {
		o.Stations = 2
	}
	if o.Template == nil {
		if o.Template, err = NewTemplate(ctx, o.Scratch, o.Stations); err != nil {
			return Report{}, err
		}
	}
	folder, err := os.MkdirTemp(o.Scratch, "chepiao-sim-")
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(folder)
	w, err := newWorld(ctx, o, folder)
	if err != nil {
		return Report{}, err
	}
	defer w.close()
	broken := o.Steps / 2
	for step := range o.Steps {
		if err := ctx.Err(); err != nil {
			return w.report, err
		}
		if err := w.step(); err != nil {
			return w.report, fmt.Errorf("seed %d, step %d: %w\n%s", o.Seed, step, err, strings.Join(w.log, "\n"))
		}
		if o.Sabotage != "" && step >= broken {
			done, err := w.sabotage(o.Sabotage)
			if err != nil {
				return w.report, err
			}
			if done {
				broken, w.report.Broken = o.Steps, true
			}
		}
		w.report.Steps++
		if err := w.invariants(); err != nil {
			return w.report, err
		}
		if w.failed() {
			return w.report, nil
		}
	}
	if err := w.settle(); err != nil {
		return w.report, fmt.Errorf("seed %d, at the end: %w\n%s", o.Seed, err, strings.Join(w.log, "\n"))
	}
	w.failed()
	return w.report, nil
}

func (w *world) failed() bool {
	if len(w.report.Wrong) == 0 {
		return false
	}
	w.report.Log = w.log
	return true
}

func (w *world) wrong(format string, args ...any) {
	if len(w.report.Wrong) < 20 {
		w.report.Wrong = append(w.report.Wrong, fmt.Sprintf(format, args...))
	}
}

// settle connects everybody, delivers everything and asks whether all agree.
func (w *world) settle() error {
	for _, l := range w.links {
		l.cut = false
	}
	for _, n := range w.nodes {
		n.skew = 0
	}
	w.now = w.now.Add(time.Hour) // holds lapse
	if err := w.duties(); err != nil {
		return err
	}
	for round := 0; ; round++ {
		moved, err := w.exchangeAll()
		if err != nil {
			return err
		}
		if err := w.duties(); err != nil {
			return err
		}
		if moved == 0 {
			break
		}
		if round > 50 {
			w.wrong("the nodes go on telling each other something new")
			return nil
		}
	}
	if err := w.invariants(); err != nil {
		return err
	}
	return w.level()
}
