package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"chepiao/office"
	"chepiao/store"
)

// Plan says with what to attack, and what is there to attack.
type Plan struct {
	Program string // this very program, for its hubs
	Folder  string // where histories and logs go
	Scratch string // where data goes while it lasts; "" is where temporary files go
	Clients int
	Span    time.Duration // how long the crowd shops in one attack, at least
	// Open opens the node in a data folder that no hub uses now; target is
	// a postgres:// URL, "" the file in the folder.
	Open func(ctx context.Context, folder, target string) (*office.Office, *store.Store, error)
	// Tool runs this program with arguments, for what operators do by hand.
	Tool func(ctx context.Context, args ...string) (string, error)
}

// Attack is one way to harm a system under load.
type Attack struct {
	Name  string
	What  string // in a sentence
	Store string // sqlite or postgres
	Root  bool   // needs to be root: mounts, limits of other processes
	slack time.Duration
	run   func(context.Context, *scene) error
}

// Attacks are all of them.
func Attacks() []Attack {
	return []Attack{
		{Name: "kill-hub", Store: "sqlite", What: "kill -9 of the hub", run: killHub},
		{Name: "full-disk", Store: "sqlite", Root: true, What: "the disk is full for a while", run: fullDisk},
		{Name: "frozen-disk", Store: "sqlite", Root: true, What: "the disk stands still: no write or sync returns", run: frozenDisk},
		{Name: "clock", Store: "sqlite", What: "the hub's clock jumps forth and back", slack: clockJump, run: clockJumps},
		{Name: "memory", Store: "sqlite", What: "the hub gets no more memory, and dies of it", run: noMemory},
		{Name: "old-backup", Store: "sqlite", What: "all is lost, an old backup is put in place", run: oldBackup},
		{Name: "kill-hubs", Store: "postgres", What: "kill -9 of three hubs in turn", run: killHubs},
		{Name: "freeze-hub", Store: "postgres", What: "a hub stands still until the others have buried it, and wakes", run: freezeHub},
		{Name: "kill-postgres", Store: "postgres", What: "kill -9 of PostgreSQL", run: killPostgres},
		{Name: "full-postgres", Store: "postgres", Root: true, What: "the disk of PostgreSQL is full for a while", run: fullPostgres},
		{Name: "promote", Store: "postgres", What: "the primary is lost, the synchronous standby promoted", run: promote},
		{Name: "cut-commit", Store: "postgres", What: "connections cut before and after COMMIT arrives", run: cutCommit},
		{Name: "stall-postgres", Store: "postgres", What: "PostgreSQL stands still", run: stallPostgres},
	}
}

// Result is what came of one attack.
type Result struct {
	Attack   string        `json:"attack"`
	History  string        `json:"history"` // file
	Seed     uint64        `json:"seed"`
	Requests int           `json:"requests"`
	Unknown  int           `json:"unknown"`
	Resolved int           `json:"resolved"`
	Deeds    int           `json:"deeds"`
	Parts    int           `json:"departures"`
	Pause    time.Duration `json:"pause"`   // longest time without any answer
	Slowest  time.Duration `json:"slowest"` // answer
	Memory   int64         `json:"memory"`  // most that a hub had resident, bytes
	Doctor   string        `json:"doctor"`
	Wrong    []string      `json:"wrong,omitempty"`
	Statuses map[int]int   `json:"statuses"`
	Elapsed  time.Duration `json:"elapsed"`
}

// Run does one attack from an empty folder to the verdict. An error means that
// the attack could not be done; what the system did wrong is in the result.
func (p Plan) Run(ctx context.Context, a Attack, seed uint64) (_ *Result, err error) {
	s, err := p.scene(a, seed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.tidy()) }()
	if err := a.run(ctx, s); err != nil {
		return nil, fmt.Errorf("%s (log and history %s): %w", a.Name, s.path(".jsonl"), err)
	}
	return s.conclude(ctx)
}

func (p Plan) scene(a Attack, seed uint64) (*scene, error) {
	if err := os.MkdirAll(p.Folder, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder for histories: %w", err)
	}
	folder, err := os.MkdirTemp(p.Scratch, "chepiao-torture-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the data: %w", err)
	}
	now := time.Now()
	s := &scene{
		Plan: p, folder: folder, data: filepath.Join(folder, "data"), chance: rand.New(rand.NewPCG(seed, 0)), began: now,
		header: Header{Attack: a.Name, Seed: seed, Started: now, Store: a.Store, Seats: seats, Legs: legs, Hold: holdSeconds * time.Second, Slack: a.slack},
		think:  10 * time.Millisecond, patience: 5 * time.Second, endurance: 60 * time.Second, statuses: map[int]int{},
	}
	s.people.Store(1)
	s.log, err = os.Create(s.path(".log"))
	return s, err
}

func (s *scene) path(suffix string) string { return filepath.Join(s.Folder, s.name()+suffix) }

// record begins the history; the hubs are known by now.
func (s *scene) record() (err error) {
	s.header.Lag = lagOfOne
	if s.header.Hubs > 1 {
		s.header.Lag = lagMax
	}
	s.rec, err = NewRecorder(s.path(".jsonl"), s.header)
	return err
}

// How old a count of free seats may be: it is read from a view that is renewed
// just after the commit, and at several hubs when each learns of the others' sales.
const (
	lagOfOne = 250 * time.Millisecond
	lagMax   = 5 * time.Second
)

// begin makes the data, opens n hubs, begins the history and starts them.
func (s *scene) begin(ctx context.Context, n int, more ...string) error {
	if err := s.stock(ctx); err != nil {
		return err
	}
	if err := s.open(n, more...); err != nil {
		return err
	}
	if err := s.record(); err != nil {
		return err
	}
	return s.startAll(ctx)
}

// conclude stops the hubs and judges everything.
func (s *scene) conclude(ctx context.Context) (*Result, error) {
	for _, h := range s.hubs {
		if err := h.stop(); err != nil {
			s.fail(err)
		}
	}
	h, err := s.rec.Close()
	if err != nil {
		return nil, err
	}
	v := Judge(h)
	r := &Result{
		Attack: s.header.Attack, History: s.path(".jsonl"), Seed: s.header.Seed, Requests: v.Requests, Unknown: v.Unknown, Resolved: v.Resolved,
		Deeds: v.Deeds, Parts: v.Departures, Pause: s.pause, Slowest: s.slowest, Statuses: s.statuses, Wrong: v.Wrong,
	}
	for _, hub := range s.hubs {
		r.Memory = max(r.Memory, hub.most.Load())
	}
	if r.Memory > memoryMax {
		r.Wrong = append(r.Wrong, fmt.Sprintf("a hub grew to %d MB: more than %d MB", r.Memory>>20, int64(memoryMax)>>20))
	}
	for _, failure := range s.failures {
		r.Wrong = append(r.Wrong, failure.Error())
	}
	for _, name := range v.Rejected {
		if err := Picture(h, name, s.path("-"+name+".html")); err != nil {
			return nil, err
		}
	}
	if err := s.examine(ctx, h, r); err != nil {
		return nil, err
	}
	r.Elapsed = time.Since(s.began)
	slices.Sort(r.Wrong)
	if len(r.Wrong) == 0 {
		for _, hub := range s.hubs {
			_ = os.Remove(hub.log.Name()) // nobody needs the log of a hub that did well
		}
	}
	return r, nil
}

// memoryMax is what a hub with this little data may have resident, whatever is
// done to it.
const memoryMax = 512 << 20

// examine counts, and calls the doctor.
func (s *scene) examine(ctx context.Context, h *History, r *Result) error {
	_, st, err := s.Open(ctx, s.data, s.target)
	if err != nil {
		return fmt.Errorf("opening the store after the attack: %w", err)
	}
	defer st.Close()
	sums, err := add(ctx, st)
	if err != nil {
		return err
	}
	r.Wrong = append(r.Wrong, sums.against(h, s.counted)...)
	d, err := st.Doctor(ctx, nil)
	if err != nil {
		return fmt.Errorf("the doctor after the attack: %w", err)
	}
	r.Doctor = d.Summary()
	for _, f := range d.Findings {
		r.Wrong = append(r.Wrong, "doctor: "+f.String())
	}
	return nil
}

// tidy ends whatever runs and removes the data.
func (s *scene) tidy() error {
	var err error
	for _, h := range s.hubs {
		err = errors.Join(err, h.kill())
	}
	for _, f := range slices.Backward(s.cleanups) {
		err = errors.Join(err, f())
	}
	return errors.Join(err, s.log.Close(), os.RemoveAll(s.folder))
}

// doze waits, but not beyond the end of ctx.
func doze(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// between is a time by chance.
func (s *scene) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.chance.Int64N(int64(most-least)))
}
