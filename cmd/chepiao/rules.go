package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"chepiao"
	"chepiao/office"
)

// rulesCmd asks and sets the rules of the trade.
type rulesCmd struct {
	List    rulesListCmd    `cmd:"" help:"Every rule as it stands."`
	Explain rulesExplainCmd `cmd:"" help:"What a rule is, and which sheet says so, since when and why."`
	Export  rulesExportCmd  `cmd:"" help:"All sheets as a file, to standard output."`
	Import  rulesImportCmd  `cmd:"" help:"Take over the sheets of a file: all or none, twice is once."`
	Lab     rulesLabCmd     `cmd:"" help:"Replay a period's tickets under proposed rules."`
}

// rulesPlace is where and when rules are asked for.
type rulesPlace struct {
	Data    string    `help:"Data folder; the hub must not be running." required:"" type:"existingdir"`
	Station string    `help:"Code of the boarding station."`
	Line    string    `help:"Code of the line."`
	At      time.Time `help:"Moment, RFC 3339; absent: now."`
	JSON    bool      `help:"Print as JSON."`
	database
}

// openRules opens a data folder whose hub is not running.
func openRules(ctx context.Context, folder string, db database) (*node, error) {
	if _, err := readSafe(folder); err != nil {
		return nil, err
	}
	return openNode(ctx, nodeOptions{folder: folder, target: db.Store, name: "HUB1", profile: chepiao.ProfileEd25519, log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
}

// ask opens the node and finds the place and moment.
func (p *rulesPlace) ask(ctx context.Context) (*node, chepiao.Where, time.Time, error) {
	at := p.At
	if at.IsZero() {
		at = time.Now()
	}
	n, err := openRules(ctx, p.Data, p.database)
	if err != nil {
		return nil, chepiao.Where{}, at, err
	}
	where, err := n.office.Place(p.Station, p.Line)
	if err != nil {
		n.store.Close()
	}
	return n, where, at, err
}

// ruleLine is a rule as JSON for other programs.
type ruleLine struct {
	Rule    string              `json:"rule"`
	Value   json.RawMessage     `json:"value"`
	Unit    chepiao.Unit        `json:"unit"`
	Sheet   int64               `json:"sheet"`
	Scope   chepiao.Scope       `json:"scope"`
	Since   time.Time           `json:"since"`
	Author  string              `json:"author"`
	Reason  string              `json:"reason"`
	Because chepiao.Explanation `json:"because"`
}

func lineOf(a office.RuleAnswer) ruleLine {
	return ruleLine{a.Rule.Name, a.Value, a.Rule.Unit, a.Sheet.No, a.Sheet.Scope, a.Sheet.Effective, a.Sheet.Author, a.Sheet.Reason, a.Because}
}

type rulesListCmd struct{ rulesPlace }

func (c *rulesListCmd) Run(ctx context.Context) error {
	n, where, at, err := c.ask(ctx)
	if err != nil {
		return err
	}
	defer n.store.Close()
	answers := n.office.ExplainRules(where, at)
	if c.JSON {
		return printLines(os.Stdout, answers)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, a := range answers {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s #%d\n", a.Rule.Name, a.EN, a.ZH, a.Sheet.Scope, a.Sheet.No)
	}
	return w.Flush()
}

func printLines(out io.Writer, answers []office.RuleAnswer) error {
	e := json.NewEncoder(out)
	for _, a := range answers {
		if err := e.Encode(lineOf(a)); err != nil {
			return err
		}
	}
	return nil
}

type rulesExplainCmd struct {
	rulesPlace
	Names []string `arg:"" optional:"" name:"name" help:"Rules to explain; absent: all."`
}

func (c *rulesExplainCmd) Run(ctx context.Context) error {
	n, where, at, err := c.ask(ctx)
	if err != nil {
		return err
	}
	defer n.store.Close()
	answers := n.office.ExplainRules(where, at)
	if len(c.Names) > 0 {
		answers = answers[:0]
		for _, name := range c.Names {
			a, err := n.office.ExplainRule(name, where, at)
			if err != nil {
				return err
			}
			answers = append(answers, a)
		}
	}
	if c.JSON {
		return printLines(os.Stdout, answers)
	}
	for _, a := range answers {
		fmt.Printf("%s (%s %s)\n  %s\n  %s\n", a.Rule.Name, a.Rule.Section, a.Rule.Source, a.Because.ZH, a.Because.EN)
		for _, s := range a.Coming {
			fmt.Printf("  from %s: sheet %d of %s, %s (%s)\n", s.Effective.Local().Format("2006-01-02 15:04"), s.No, s.Scope, s.Reason, s.Author)
		}
	}
	return nil
}

type rulesExportCmd struct {
	Data string `help:"Data folder; the hub must not be running." required:"" type:"existingdir"`
	database
}

func (c *rulesExportCmd) Run(ctx context.Context) error {
	n, err := openRules(ctx, c.Data, c.database)
	if err != nil {
		return err
	}
	defer n.store.Close()
	_, err = os.Stdout.Write(n.office.ExportRules().JSON())
	return err
}

type rulesImportCmd struct {
	File   string `arg:"" help:"File of rules, as export writes it." type:"existingfile"`
	Data   string `help:"Data folder; the hub must not be running." required:"" type:"existingdir"`
	DryRun bool   `help:"Say what it would change, and change nothing."`
	JSON   bool   `help:"Print as JSON."`
	database
}

const ruleFileBytesMax = 64 << 20

// readRuleFile reads a file of rules.
func readRuleFile(path string) (chepiao.RuleFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return chepiao.RuleFile{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, ruleFileBytesMax+1))
	if err == nil && len(b) > ruleFileBytesMax {
		err = errors.New("the file of rules is too large")
	}
	if err != nil {
		return chepiao.RuleFile{}, err
	}
	return chepiao.ParseRuleFile(b)
}

func (c *rulesImportCmd) Run(ctx context.Context) error {
	f, err := readRuleFile(c.File)
	if err != nil {
		return err
	}
	n, err := openRules(ctx, c.Data, c.database)
	if err != nil {
		return err
	}
	defer n.store.Close()
	done, err := n.office.TryImport(f)
	if err == nil && !c.DryRun && len(done.Fresh) > 0 {
		done, err = n.office.ImportRules(ctx, office.Verb{ID: fmt.Sprintf("import-rules-%d", time.Now().UnixNano()), By: "chepiao rules import"}, f)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(done)
	}
	tellImport(os.Stdout, done, c.DryRun)
	return nil
}

func tellImport(out io.Writer, done office.RulesImported, dry bool) {
	verb := "imported"
	if dry {
		verb = "would be imported"
	}
	fmt.Fprintf(out, "%d sheets %s, %d were here already\n", len(done.Fresh), verb, done.Known)
	for _, ch := range done.Changes {
		fmt.Fprintf(out, "  %s %s: %s → %s (%s → %s)\n", ch.Scope, ch.Rule, ch.OldEN, ch.NewEN, ch.OldZH, ch.NewZH)
	}
	for _, s := range done.Unknown {
		fmt.Fprintf(out, "  the timetable has no %s\n", s)
	}
}
