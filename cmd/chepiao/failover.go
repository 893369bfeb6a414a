package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"chepiao"
	"chepiao/bench"
	"chepiao/store"
)

// failoverCmd loses the primary database under load and proves that nothing
// that was answered is lost or sold twice.
type failoverCmd struct {
	Clients int           `help:"Clients that buy and give back all the time." default:"32"`
	Hubs    int           `help:"Hub processes." default:"3"`
	Before  time.Duration `help:"Load before the primary is killed." default:"8s"`
	After   time.Duration `help:"Load after the standby has been promoted." default:"12s"`
	Detect  time.Duration `help:"How long the primary must be silent before it counts as lost." default:"2s"`
	Keep    string        `help:"Keep the data in this new folder instead of a temporary one." type:"path"`
	JSON    bool          `help:"Print the report as JSON, for programs."`
	Hold    int           `hidden:"" default:"8" help:"Seconds that an unpaid order keeps its seats: longer than the outage, and short enough to see it end."`
	Days    int           `hidden:"" default:"6"`
	Unsafe  bool          `hidden:"" help:"No fsync: quick, for tests. A killed server loses nothing by it, a power cut would."`
}

// failoverReport is what happened.
type failoverReport struct {
	Clients   int      `json:"clients"`
	Hubs      int      `json:"hubs"`
	Events    []event  `json:"events"`
	Seconds   []second `json:"seconds"`
	Commands  int      `json:"commands"`          // answered, each once
	PauseFrom float64  `json:"pause_from_second"` // the longest time in which nobody was answered
	Pause     float64  `json:"pause_seconds"`
	Waited    float64  `json:"longest_wait_seconds"` // of one command, from its first try to its answer
	Unknown   int      `json:"unknown"`              // commands whose first try told the client nothing for sure
	Solved    int      `json:"unknown_resolved"`     // of these, answered under the same key
	Open      int      `json:"never_answered"`

	Orders   int      `json:"orders"` // in the clients' log
	Paid     int      `json:"paid"`
	Tickets  int      `json:"tickets"`
	Refunded int      `json:"refunded"`
	In       string   `json:"in"` // yuan
	Back     string   `json:"back"`
	Entries  int64    `json:"journal_entries"`
	Wrong    []string `json:"wrong"`  // answered and gone, sold twice, other money
	Doctor   []string `json:"doctor"` // what disagrees inside the database
}

// event is something that the command did to the cluster.
type event struct {
	At   float64 `json:"second"`
	What string  `json:"what"`
}

func (c *failoverCmd) Run(ctx context.Context) error {
	folder, remove, err := clusterFolder(c.Keep)
	if err != nil {
		return err
	}
	defer remove()
	log, end, err := demoLog(folder)
	if err != nil {
		return err
	}
	defer end()
	plan := clusterPlan{folder: folder, listen: "127.0.0.1:8080", hubs: c.Hubs, days: c.Days, sync: !c.Unsafe, holdSeconds: c.Hold, log: log, say: saying("starting ")}
	up, err := startCluster(ctx, plan)
	if err != nil {
		return err
	}
	load := up.load(c.Clients, true)
	report := &failoverReport{Clients: c.Clients, Hubs: c.Hubs}
	err = c.lose(ctx, up, load, report)
	if err = errors.Join(err, load.finish()); err == nil {
		err = c.prove(ctx, up, load, report)
	}
	if err = errors.Join(err, up.stop()); err != nil {
		return err
	}
	if err := report.tell(os.Stdout, c.JSON); err != nil {
		return err
	}
	return report.verdict()
}

// lose kills the primary in the middle of the load, waits as a cluster manager
// would, promotes the standby and gives the new primary a standby of its own.
func (c *failoverCmd) lose(ctx context.Context, up *cluster, load *load, r *failoverReport) error {
	note := func(what string) {
		r.Events = append(r.Events, event{time.Since(load.witness.began).Seconds(), what})
		up.log.Info(what)
		saying("")(what)
	}
	if err := rest(ctx, load, c.Before); err != nil {
		return err
	}
	note("the primary is killed")
	if err := up.primary.Kill(); err != nil {
		return err
	}
	if err := rest(ctx, load, c.Detect); err != nil {
		return err
	}
	note(fmt.Sprintf("after %.1f s of silence the standby is promoted", c.Detect.Seconds()))
	if err := up.standby.Promote(ctx); err != nil {
		return err
	}
	note("the standby takes writes")
	up.primary, up.standby = up.standby, nil
	if err := rest(ctx, load, c.After/2); err != nil {
		return err
	}
	note("the new primary is copied to a new standby")
	third, err := up.primary.Standby(ctx, filepath.Join(up.folder, "third"), "third")
	if err != nil {
		return err
	}
	up.standby = third
	note("commits wait for two disks again")
	return rest(ctx, load, c.After/2)
}

// rest lets time go by, unless the run or its clients end before.
func rest(ctx context.Context, l *load, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-l.done:
		return errors.New("the clients ended before they were told to")
	case <-time.After(d):
		return nil
	}
}

// prove waits until unpaid orders have ended, stops the hubs and holds what the
// clients know against what the database has.
func (c *failoverCmd) prove(ctx context.Context, up *cluster, load *load, r *failoverReport) error {
	saying("")("waiting until unpaid orders have ended, and counting")
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(c.Hold+2) * time.Second):
	}
	if err := up.stopHubs(ctx); err != nil {
		return err
	}
	n, err := openNode(ctx, nodeOptions{
		folder: up.keys(), name: clusterNode, profile: chepiao.ProfileEd25519, open: true, log: up.log,
		target: up.primary.URL("chepiao"), store: store.Options{Process: "proof"},
	})
	if err != nil {
		return err
	}
	defer n.store.Close()
	proof, err := bench.Prove(ctx, load.log, n.office, n.store)
	if err != nil {
		return err
	}
	diagnosis, err := n.store.Doctor(ctx, nil)
	if err != nil {
		return err
	}
	r.count(load.witness.sum(), proof, diagnosis)
	return nil
}

// count fills the report in.
func (r *failoverReport) count(s sight, p *bench.Proof, d store.Diagnosis) {
	r.Seconds, r.Commands = s.Seconds, s.Commands
	r.PauseFrom, r.Pause, r.Waited = s.Pause.From.Seconds(), s.Pause.Length.Seconds(), s.Waited.Seconds()
	r.Unknown, r.Solved, r.Open = s.Unknown, s.Solved, s.Open
	r.Orders, r.Paid, r.Tickets, r.Refunded = p.Orders, p.Paid, p.Tickets, p.Refunded
	r.In, r.Back, r.Entries, r.Wrong = p.In.Yuan(), p.Back.Yuan(), p.JournalEntries, p.Wrong
	for _, f := range d.Findings {
		r.Doctor = append(r.Doctor, f.String())
	}
}

// verdict is an error where the run proves the opposite of what it should.
func (r *failoverReport) verdict() error {
	switch {
	case len(r.Wrong) > 0 || len(r.Doctor) > 0:
		return fmt.Errorf("the clients' log and the database contradict each other in %d points, doctor found %d", len(r.Wrong), len(r.Doctor))
	case r.Open > 0 || r.Solved != r.Unknown:
		return fmt.Errorf("%d commands were never answered, %d of %d unknown outcomes were resolved", r.Open, r.Solved, r.Unknown)
	case r.Pause < 0.1 || r.Paid == 0:
		return errors.New("nobody noticed the loss of the primary: was it one?")
	}
	last := r.Seconds[max(0, len(r.Seconds)-3):]
	for _, s := range last {
		if s.Answered > 0 {
			return nil
		}
	}
	return errors.New("the hubs did not come back after the promotion")
}

// tell prints the report: the seconds one by one with what happened in them, and
// the sums.
func (r *failoverReport) tell(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "second\tanswered\trefused\tturned away\tunanswered\tslowest\t")
	events := r.Events
	for _, s := range r.Seconds {
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%.0f ms\t", s.At, s.Answered, s.Refused, s.TurnedAway, s.Unanswered, s.Slowest)
		for len(events) > 0 && int(events[0].At) <= s.At {
			fmt.Fprintf(w, "  %s", events[0].What)
			if events = events[1:]; len(events) > 0 && int(events[0].At) <= s.At {
				fmt.Fprint(w, ";")
			}
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "clients, hubs\t%d, %d\n", r.Clients, r.Hubs)
	fmt.Fprintf(w, "commands answered\t%d\n", r.Commands)
	fmt.Fprintf(w, "longest pause for everybody\t%.2f s, from second %.1f on\n", r.Pause, r.PauseFrom)
	fmt.Fprintf(w, "longest wait of one command\t%.2f s, all its tries together\n", r.Waited)
	fmt.Fprintf(w, "unknown at first\t%d, answered under the same key: %d, never answered: %d\n", r.Unknown, r.Solved, r.Open)
	fmt.Fprintf(w, "orders in the clients' log\t%d (%d paid), %d tickets, %d refunded\n", r.Orders, r.Paid, r.Tickets, r.Refunded)
	fmt.Fprintf(w, "money in / back\t%s / %s yuan\n", r.In, r.Back)
	fmt.Fprintf(w, "journal\t%d entries\n", r.Entries)
	fmt.Fprintf(w, "answered and lost, sold twice, other money\t%d\n", len(r.Wrong))
	fmt.Fprintf(w, "doctor\t%d findings\n", len(r.Doctor))
	for _, line := range r.Wrong {
		fmt.Fprintf(w, "WRONG\t%s\n", line)
	}
	for _, line := range r.Doctor {
		fmt.Fprintf(w, "DOCTOR\t%s\n", line)
	}
	return w.Flush()
}
