package gtfs

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Severity says how bad a finding is.
type Severity string

const (
	Error   Severity = "error"   // something that passengers could travel with was left out or is doubtful
	Warning Severity = "warning" // something was put right or guessed
	Note    Severity = "note"    // good to know
)

// Finding is one thing found in a feed.
type Finding struct {
	Severity Severity `json:"severity"`
	Kind     string   `json:"kind"` // findings of one kind are capped together
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"` // 0: the file as a whole
	Field    string   `json:"field,omitempty"`
	Value    string   `json:"value,omitempty"`
	What     string   `json:"what"` // what is the matter
	Done     string   `json:"done"` // what was done about it
}

// FileRows is how many rows were read of a file.
type FileRows struct {
	File string `json:"file"`
	Rows int    `json:"rows"`
}

// KindCount is how often findings of a kind came up, shown or not.
type KindCount struct {
	Severity Severity `json:"severity"`
	Kind     string   `json:"kind"`
	Count    int      `json:"count"`
}

// FindingsMax is how many findings of a kind are kept; the rest are counted.
const FindingsMax = 10

// Report is what was read and what was found wrong. It holds no personal data:
// a feed has none.
type Report struct {
	Network string `json:"network"`
	Version string `json:"version,omitempty"` // feed_version

	Files []FileRows `json:"files"`

	Stations  int `json:"stations"`
	Carriers  int `json:"carriers"`
	Lines     int `json:"lines"`
	Templates int `json:"templates"`
	Stops     int `json:"stops"` // of all templates
	Fares     int `json:"fares"` // pairs of stations with a fare in a table

	FirstDay   string `json:"first_day,omitempty"` // of service, of the days wanted
	LastDay    string `json:"last_day,omitempty"`
	ShiftWeeks int    `json:"shift_weeks,omitempty"`
	ShiftDays  int    `json:"shift_days,omitempty"`

	Findings []Finding   `json:"findings"`
	Kinds    []KindCount `json:"kinds"`
}

// add records a finding, or only counts it once its kind is full.
func (r *Report) add(sev Severity, kind, file string, line int, field, value, what, done string) {
	i := slices.IndexFunc(r.Kinds, func(k KindCount) bool { return k.Kind == kind && k.Severity == sev })
	if i < 0 {
		i = len(r.Kinds)
		r.Kinds = append(r.Kinds, KindCount{sev, kind, 0})
	}
	r.Kinds[i].Count++
	if r.Kinds[i].Count <= FindingsMax {
		r.Findings = append(r.Findings, Finding{sev, kind, file, line, field, clip(value), what, done})
	}
}

// clip makes a value fit to be shown: short, on one line, UTF-8.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(c rune) rune {
		if odd(c) {
			return ' '
		}
		return c
	}, s)
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:59]) + "…"
	}
	return strings.Clone(s)
}

// Count is how many findings of a severity came up, shown or not.
func (r *Report) Count(sev Severity) (n int) {
	for _, k := range r.Kinds {
		if k.Severity == sev {
			n += k.Count
		}
	}
	return n
}

// Has says whether a finding of the kind came up.
func (r *Report) Has(kind string) bool {
	return slices.ContainsFunc(r.Kinds, func(k KindCount) bool { return k.Kind == kind })
}

// WriteText writes the report for a person. What was read comes first, then
// errors, warnings and notes, each kind together.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Network   %s\n", r.Network)
	if r.Version != "" {
		fmt.Fprintf(&b, "Version   %s\n", r.Version)
	}
	fmt.Fprintf(&b, "Read      %d stations, %d carriers, %d lines, %d departure templates with %d stops, %d fares\n",
		r.Stations, r.Carriers, r.Lines, r.Templates, r.Stops, r.Fares)
	if r.FirstDay != "" {
		fmt.Fprintf(&b, "Service   %s to %s", r.FirstDay, r.LastDay)
		if r.ShiftWeeks != 0 {
			fmt.Fprintf(&b, ", shifted by %d weeks (%d days)", r.ShiftWeeks, r.ShiftDays)
		}
		b.WriteString("\n")
	}
	for _, f := range r.Files {
		fmt.Fprintf(&b, "  %-20s %8d rows\n", f.File, f.Rows)
	}
	for _, sev := range []Severity{Error, Warning, Note} {
		r.writeSeverity(&b, sev)
	}
	if len(r.Findings) == 0 {
		b.WriteString("\nNothing to report.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) writeSeverity(b *strings.Builder, sev Severity) {
	n := r.Count(sev)
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s%ss: %d\n", strings.ToUpper(string(sev[:1])), sev[1:], n)
	for _, k := range r.Kinds {
		if k.Severity != sev {
			continue
		}
		shown := 0
		for _, f := range r.Findings {
			if f.Kind == k.Kind && f.Severity == sev {
				fmt.Fprintf(b, "  %s\n", f)
				shown++
			}
		}
		if k.Count > shown {
			fmt.Fprintf(b, "  … and %d more like this (%s)\n", k.Count-shown, k.Kind)
		}
	}
}

// String is the finding on one line: "stops.txt:7 stop_lat "95": …; …".
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	if f.Field != "" {
		b.WriteString(" " + f.Field)
	}
	if f.Value != "" {
		fmt.Fprintf(&b, " %q", f.Value)
	}
	b.WriteString(": " + f.What)
	if f.Done != "" {
		b.WriteString("; " + f.Done)
	}
	return b.String()
}
