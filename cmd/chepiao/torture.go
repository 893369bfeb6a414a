package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/postgres"
	"chepiao/store"
	"chepiao/torture"
)

// tortureCmd attacks this very program and judges what it said meanwhile.
type tortureCmd struct {
	Run   tortureRunCmd   `cmd:"" default:"withargs" help:"Attack a system of its own, again and again."`
	Check tortureCheckCmd `cmd:"" help:"Judge the history that a run left."`
}

type tortureRunCmd struct {
	Minutes float64       `help:"How long to go on; every chosen attack is done at least once." default:"10"`
	Attack  []string      `help:"Only these attacks, by name."`
	Store   string        `help:"Only attacks on this store: sqlite or postgres." enum:"sqlite,postgres," default:""`
	Seed    uint64        `help:"Of every choice; 0 draws one."`
	Clients int           `help:"Clients at once." default:"12"`
	Span    time.Duration `help:"How long the crowd shops in one attack, at least." default:"12s"`
	Folder  string        `help:"Where histories and logs go." default:"build/torture" type:"path"`
	Scratch string        `help:"Where data goes while it lasts; PostgreSQL's user must reach it." type:"existingdir"`
	JSON    bool          `help:"Print the report as JSON."`
	List    bool          `help:"Name the attacks and end."`
}

func (c *tortureRunCmd) Run(ctx context.Context) error {
	if c.List {
		for _, a := range torture.Attacks() {
			fmt.Printf("%-15s %-8s %s\n", a.Name, a.Store, a.What)
		}
		return nil
	}
	attacks, err := c.choose()
	if err != nil {
		return err
	}
	if c.Seed == 0 {
		c.Seed = rand.Uint64N(1_000_000) + 1
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	plan := torture.Plan{
		Program: self, Folder: c.Folder, Scratch: c.Scratch, Clients: c.Clients, Span: c.Span, Open: openTortured,
		Tool: func(ctx context.Context, args ...string) (string, error) {
			out, err := exec.CommandContext(ctx, self, args...).CombinedOutput()
			return string(out), err
		},
	}
	report := &torture.Report{}
	began := time.Now()
	failed := c.loop(ctx, plan, attacks, report)
	report.Elapsed = time.Since(began)
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(report)
	} else {
		fmt.Printf("seed %d, %s, histories in %s\n\n", c.Seed, report.Elapsed.Round(time.Second), c.Folder)
		err = report.WriteText(os.Stdout)
	}
	if n := report.Wrong(); n > 0 {
		failed = errors.Join(failed, fmt.Errorf("%d runs showed something wrong", n))
	}
	return errors.Join(failed, err)
}

// choose picks the attacks that can be done here. An attack that was asked for
// by name and cannot be done is an error; so is a machine without PostgreSQL.
func (c *tortureRunCmd) choose() (chosen []torture.Attack, err error) {
	if _, err := postgres.Find(); err != nil && c.Store != "sqlite" && len(c.Attack) == 0 {
		return nil, err
	}
	for _, a := range torture.Attacks() {
		switch named := slices.Contains(c.Attack, a.Name); {
		case len(c.Attack) > 0 && !named, c.Store != "" && a.Store != c.Store:
		case a.Root && os.Getuid() != 0 && named:
			return nil, fmt.Errorf("the attack %s needs root", a.Name)
		case a.Root && os.Getuid() != 0:
			fmt.Fprintf(os.Stderr, "leaving out %s: it needs root\n", a.Name)
		default:
			chosen = append(chosen, a)
		}
	}
	if len(chosen) < max(1, len(c.Attack)) {
		return nil, fmt.Errorf("no such attack among %s: run  chepiao torture --list", strings.Join(c.Attack, ", "))
	}
	return chosen, nil
}

// loop does the attacks in an order of chance, round after round, until time is up.
func (c *tortureRunCmd) loop(ctx context.Context, plan torture.Plan, attacks []torture.Attack, report *torture.Report) error {
	chance := rand.New(rand.NewPCG(c.Seed, 1))
	end := time.Now().Add(time.Duration(c.Minutes * float64(time.Minute)))
	for round := 0; round == 0 || time.Now().Before(end); round++ {
		chance.Shuffle(len(attacks), func(i, j int) { attacks[i], attacks[j] = attacks[j], attacks[i] })
		for _, a := range attacks {
			if round > 0 && time.Now().After(end) {
				break
			}
			result, err := plan.Run(ctx, a, chance.Uint64N(1<<40))
			if err != nil {
				return err
			}
			report.Add(a, result)
			verdict := "accepted"
			if len(result.Wrong) > 0 {
				verdict = "WRONG"
			}
			fmt.Fprintf(os.Stderr, "%s %-15s %6d requests, %4d unknown, longest pause %5.1f s, %4.0f s: %s\n",
				time.Now().Format("15:04:05"), a.Name, result.Requests, result.Unknown, result.Pause.Seconds(), result.Elapsed.Seconds(), verdict)
		}
	}
	return nil
}

// openTortured opens a node's data between two runs of its hubs.
func openTortured(ctx context.Context, folder, target string) (*office.Office, *store.Store, error) {
	n, err := openNode(ctx, nodeOptions{
		folder: folder, target: target, name: "TORTURE", profile: chepiao.ProfileEd25519, open: true,
		log: slog.New(slog.DiscardHandler), store: store.Options{Process: "examiner"},
	})
	if err != nil {
		return nil, nil, err
	}
	return n.office, n.store, nil
}

// tortureCheckCmd judges a history again.
type tortureCheckCmd struct {
	History string `arg:"" help:"The file a run left." type:"existingfile"`
	Picture string `help:"Folder to draw rejected departures in." type:"existingdir"`
}

func (c *tortureCheckCmd) Run(context.Context) error {
	h, err := torture.ReadHistory(c.History)
	if err != nil {
		return err
	}
	v := torture.Judge(h)
	fmt.Printf("%s, seed %d: %d requests, %d of them unknown (%d resolved), %d departures, %d deeds; slowest verdict %s\n",
		h.Attack, h.Seed, v.Requests, v.Unknown, v.Resolved, v.Departures, v.Deeds, v.Longest.Round(time.Millisecond))
	for _, w := range v.Wrong {
		fmt.Println("WRONG", w)
	}
	if c.Picture != "" {
		for _, name := range v.Rejected {
			if err := torture.Picture(h, name, c.Picture+"/"+name+".html"); err != nil {
				return err
			}
		}
	}
	if len(v.Wrong) > 0 {
		return errors.New("no honest clerk could have given these answers")
	}
	fmt.Println("an honest clerk could have given every one of these answers")
	return nil
}
