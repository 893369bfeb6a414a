package torture

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Row is what the runs of one attack amount to.
type Row struct {
	Attack   string        `json:"attack"`
	What     string        `json:"what"`
	Runs     int           `json:"runs"`
	Requests int           `json:"requests"`
	Unknown  int           `json:"unknown"`
	Resolved int           `json:"resolved"`
	Parts    int           `json:"departures"`
	Rejected int           `json:"wrong"`
	Pause    time.Duration `json:"pause"`
	Memory   int64         `json:"memory"`
}

// Report is the table of a session, and every result behind it.
type Report struct {
	Rows    []*Row    `json:"rows"`
	Results []*Result `json:"results"`
	Elapsed time.Duration
}

// Add counts a result in.
func (r *Report) Add(a Attack, result *Result) {
	var row *Row
	for _, one := range r.Rows {
		if one.Attack == a.Name {
			row = one
		}
	}
	if row == nil {
		row = &Row{Attack: a.Name, What: a.What}
		r.Rows = append(r.Rows, row)
	}
	row.Runs++
	row.Requests += result.Requests
	row.Unknown += result.Unknown
	row.Resolved += result.Resolved
	row.Parts += result.Parts
	row.Pause = max(row.Pause, result.Pause)
	row.Memory = max(row.Memory, result.Memory)
	if len(result.Wrong) > 0 {
		row.Rejected++
	}
	r.Results = append(r.Results, result)
}

// Wrong is how many runs showed something wrong.
func (r *Report) Wrong() (n int) {
	for _, row := range r.Rows {
		n += row.Rejected
	}
	return n
}

// WriteText writes the table, in Markdown so that it can stand in a page, and
// the evidence of what was wrong.
func (r *Report) WriteText(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 1, ' ', 0)
	fmt.Fprintln(w, "| attack\t| what was done\t| runs\t| requests\t| unknown, resolved\t| departures judged\t| verdict\t| longest pause\t| memory\t|")
	fmt.Fprintln(w, "|---\t|---\t|--:\t|--:\t|--:\t|--:\t|---\t|--:\t|--:\t|")
	for _, row := range r.Rows {
		verdict := "accepted"
		if row.Rejected > 0 {
			verdict = fmt.Sprintf("WRONG in %d", row.Rejected)
		}
		fmt.Fprintf(w, "| %s\t| %s\t| %d\t| %d\t| %d, %d\t| %d\t| %s\t| %.1f s\t| %d MB\t|\n", row.Attack, row.What, row.Runs, row.Requests,
			row.Unknown, row.Resolved, row.Parts, verdict, row.Pause.Seconds(), row.Memory>>20)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, result := range r.Results {
		for i, line := range result.Wrong {
			if i == evidenceMax {
				fmt.Fprintf(out, "… and %d more\n", len(result.Wrong)-i)
				break
			}
			fmt.Fprintf(out, "WRONG %s (%s, seed %d): %s\n", result.Attack, result.History, result.Seed, line)
		}
	}
	return nil
}

// evidenceMax bounds the lines of evidence for one run.
const evidenceMax = 20
