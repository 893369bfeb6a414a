package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"chepiao"
	"chepiao/bench"
	"chepiao/demo"
	"chepiao/gtfs"
	"chepiao/office"
	"chepiao/store"
)

// selftestCmd proves on this machine that nothing is lost and nothing is sold
// twice, on the demo network or on a feed of your own.
type selftestCmd struct {
	Feed    string                `help:"GTFS feed to sell on; the demo network if not given." type:"existingpath"`
	Orders  int                   `help:"Orders to drive." default:"2000"`
	Clients int                   `help:"Clients at once." default:"32"`
	Kills   int                   `help:"Times to kill the hub in the middle." default:"2"`
	Seed    uint64                `help:"Seed of the clients' choices." default:"1"`
	Profile chepiao.CryptoProfile `help:"Algorithms of the node." enum:"ed25519-sha256,es256-sha256,sm2-sm3" default:"ed25519-sha256"`
	Keep    bool                  `help:"Keep the data folder and say where it is."`
	Days    int                   `hidden:"" default:"4"`
	Seats   int                   `hidden:"" default:"49"`
}

// holdSeconds is short, so that unpaid holds lapse while the test runs.
const holdSeconds = 3

func (c *selftestCmd) Run(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "chepiao-selftest-")
	if err != nil {
		return err
	}
	if c.Keep {
		fmt.Println("data folder:", folder)
	} else {
		defer os.RemoveAll(folder)
	}
	o := nodeOptions{folder: folder, name: "SELF", profile: c.Profile, open: true, log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	journeys, err := c.prepare(ctx, o)
	if err != nil {
		return err
	}
	bar := newBar(os.Stderr)
	test := bench.Selftest{
		Data: folder, Journeys: journeys, Orders: c.Orders, Clients: c.Clients, Kills: c.Kills, Seed: c.Seed,
		Settle:   (holdSeconds + 2) * time.Second,
		Progress: func(done, total int, note string) { bar.show("orders, "+note, int64(done), int64(total)) },
	}
	log, err := test.Drive(ctx)
	bar.end()
	if err != nil {
		return fmt.Errorf("driving the hub: %w", err)
	}
	n, err := openNode(ctx, o)
	if err != nil {
		return err
	}
	defer n.store.Close()
	proof, err := bench.Prove(ctx, log, n.office, n.store)
	if err != nil {
		return err
	}
	diagnosis, err := n.store.Doctor(ctx, nil)
	if err != nil {
		return err
	}
	if err := tell(os.Stdout, log, proof, diagnosis); err != nil {
		return err
	}
	if proof.WrongCount > 0 || len(diagnosis.Findings) > 0 {
		return fmt.Errorf("the self-test found %d contradictions; doctor found %d", proof.WrongCount, len(diagnosis.Findings))
	}
	return nil
}

// prepare imports the timetable, sets short holds and lists what can be bought
// so that it may pass a gate now.
func (c *selftestCmd) prepare(ctx context.Context, o nodeOptions) ([]bench.Journey, error) {
	n, err := openNode(ctx, o)
	if err != nil {
		return nil, err
	}
	defer n.store.Close()
	now := time.Now()
	var feed *gtfs.Feed
	if c.Feed == "" {
		feed, _, err = gtfs.Read(demo.Feed(), gtfs.Options{From: chepiao.DayOf(now.UTC()) - 1, Days: c.Days}, nil)
	} else {
		feed, _, err = (&feedOptions{Days: c.Days, Shift: true, Seats: c.Seats}).read(c.Feed, now)
	}
	if err != nil {
		return nil, err
	}
	if _, err := n.office.Import(ctx, "selftest", feed, "selftest"); err != nil {
		return nil, err
	}
	short := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "short holds, check open all day by ticket number", Values: fmt.Appendf(nil, `{"names_at_gate":false,"check_opens":86400,"hall_opens":86400,"need_report":false,"hold_window":%d}`, holdSeconds)}
	if _, err := n.office.SetSheet(ctx, office.Verb{ID: "selftest-rules", By: "selftest"}, short); err != nil {
		return nil, err
	}
	return bench.Journeys(&n.office.Timetable().Network, now.Add(time.Hour), now.Add(23*time.Hour)), nil
}

// tell prints the summary table, and the evidence where something is wrong.
func tell(out io.Writer, log *bench.Log, p *bench.Proof, d store.Diagnosis) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "orders answered\t%d\tof %d tickets, in %.1f s\n", p.Orders, p.Tickets, log.Elapsed.Seconds())
	fmt.Fprintf(w, "paid / lapsed / given up\t%d / %d / %d\t\n", p.Paid, p.Lapsed, p.Released)
	fmt.Fprintf(w, "tickets refunded / checked\t%d / %d\t\n", p.Refunded, p.Checked)
	fmt.Fprintf(w, "money in / back\t%s / %s\tthe same in the journal, to the fen\n", p.In.Yuan(), p.Back.Yuan())
	fmt.Fprintf(w, "hub killed\t%d times\t%d requests sent for %d answers\n", log.Kills, log.Tries, log.Calls)
	reasons := make([]string, 0, len(log.Refusals))
	for reason, n := range log.Refusals {
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, n))
	}
	slices.Sort(reasons)
	fmt.Fprintf(w, "refusals\t%v\t\n", reasons)
	fmt.Fprintf(w, "fullest coach\t%d seats\tno seat sold twice on any leg\n", p.MostOnOneDeparture)
	fmt.Fprintf(w, "journal\t%d entries\tchain unbroken\n", p.JournalEntries)
	fmt.Fprintf(w, "contradictions\t%d\tdoctor: %d\n", p.WrongCount, len(d.Findings))
	if err := w.Flush(); err != nil {
		return err
	}
	for _, line := range p.Wrong {
		fmt.Fprintln(out, "WRONG  "+line)
	}
	for _, f := range d.Findings {
		fmt.Fprintln(out, "DOCTOR "+f.String())
	}
	return nil
}
