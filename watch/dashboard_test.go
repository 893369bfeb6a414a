package watch_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chepiao"
	"chepiao/store"
	"chepiao/watch"
	"chepiao/web/stage"
)

// figures are the names that a hub gives out, each with its labels.
func figures(t *testing.T) map[string][]string {
	t.Helper()
	s := stage.Open(t, stage.Options{})
	w, err := watch.New(watch.Config{Now: s.Now, Rand: strings.NewReader("abcde"), Log: watch.NewLog(&strings.Builder{}, "text", 0)})
	if err != nil {
		t.Fatal(err)
	}
	w.Store(s.Store)
	w.Home(func() (passed, taken, missed int64) { return 1, 2, 3 })
	w.Rooms(s.Office.RoomsWaiting)
	w.Batch(store.Batch{Verbs: 1, Commit: 1})
	w.Duty("a duty", nil)
	w.Duty("a duty", os.ErrInvalid)
	w.Front(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		watch.Of(r.Context()).Reason = chepiao.SoldOut
		rw.WriteHeader(http.StatusConflict)
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	families, err := w.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, f := range families {
		labels := []string{"instance", "job"} // Prometheus adds these
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		names := []string{f.GetName()}
		if f.GetMetric()[0].GetHistogram() != nil {
			names = []string{f.GetName() + "_bucket", f.GetName() + "_sum", f.GetName() + "_count"}
			labels = append(labels, "le")
		}
		for _, n := range names {
			found[n] = labels
		}
	}
	return found
}

var (
	metric   = regexp.MustCompile(`\b((?:chepiao|go|process)_[a-z_]+)\b(?:\{([^{}]*(?:\{[a-z]+\}[^{}]*)*)\})?`)
	matcher  = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)\s*"`)
	grouping = regexp.MustCompile(`by \(([^)]*)\)`)
)

// wrongIn says what is wrong with a query: a figure that no hub gives out, or a
// label that it does not have.
func wrongIn(query string, known map[string][]string) (wrong []string) {
	used := metric.FindAllStringSubmatch(query, -1)
	if len(used) == 0 {
		wrong = append(wrong, "it asks for no figure of ours")
	}
	if strings.Count(query, "(") != strings.Count(query, ")") {
		wrong = append(wrong, "a bracket is open")
	}
	var all []string
	for _, m := range used {
		labels, ok := known[m[1]]
		if !ok {
			wrong = append(wrong, "no hub gives out "+m[1])
			continue
		}
		all = append(all, labels...)
		for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
			if !slices.Contains(labels, l[1]) {
				wrong = append(wrong, m[1]+" has no label "+l[1])
			}
		}
	}
	for _, by := range grouping.FindAllStringSubmatch(query, -1) {
		for l := range strings.SplitSeq(by[1], ",") {
			if !slices.Contains(all, strings.TrimSpace(l)) {
				wrong = append(wrong, "it groups by "+l+", which nothing in it has")
			}
		}
	}
	return wrong
}

// TestDashboard holds every panel of the dashboard against what a hub really
// gives out, and every figure of ours against the dashboard.
func TestDashboard(t *testing.T) {
	known := figures(t)
	b, err := os.ReadFile("../deploy/grafana/chepiao.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Type, Title, Description string
			GridPos                  struct{ X, Y, W, H int }
			Targets                  []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(b, &board); err != nil {
		t.Fatal(err)
	}
	rows, shown := 0, ""
	for _, p := range board.Panels {
		if p.Type == "row" {
			rows++
			continue
		}
		if len(p.Targets) == 0 || p.Description == "" || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %q has no query, no description or no place", p.Title)
		}
		for _, q := range p.Targets {
			shown += q.Expr + "\n"
			for _, wrong := range wrongIn(q.Expr, known) {
				t.Errorf("panel %q, %s: %s", p.Title, q.Expr, wrong)
			}
		}
	}
	if rows < 6 || len(board.Panels) < 24 {
		t.Errorf("%d rows, %d panels", rows, len(board.Panels))
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		plain := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "chepiao_") && !strings.Contains(shown, plain) && name != "chepiao_duty_success_timestamp_seconds" { // of an alert
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestAlerts holds every alert against what a hub really gives out, and against
// the page that says what to do about it.
func TestAlerts(t *testing.T) {
	known := figures(t)
	b, err := os.ReadFile("../deploy/prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	alerts := regexp.MustCompile(`(?m)^      - alert: (\S+)\n        expr: (.+)\n        for: \S+\n        labels: \{severity: (page|look)\}\n        annotations:\n          summary: ".+"\n          what: ".+"$`).FindAllStringSubmatch(string(b), -1)
	if n := strings.Count(string(b), "alert:"); n != len(alerts) || n < 10 {
		t.Errorf("%d alerts, %d of them well formed", n, len(alerts))
	}
	for _, a := range alerts {
		for _, wrong := range wrongIn(a[2], known) {
			t.Errorf("%s, %s: %s", a[1], a[2], wrong)
		}
		if !strings.Contains(string(page), a[1]) {
			t.Errorf("docs/operations.md does not say what to do about %s", a[1])
		}
	}
}

// TestWrongQueriesAreSeen: the tests above can fail.
func TestWrongQueriesAreSeen(t *testing.T) {
	known := map[string][]string{"chepiao_a_total": {"door"}, "chepiao_b_bucket": {"le"}}
	for query, want := range map[string]int{
		`rate(chepiao_a_total{door="api"}[5m])`:                         0,
		`sum by (door) (chepiao_a_total{door=~"{x}|y"})`:                0,
		`histogram_quantile(0.9, sum by (le) (rate(chepiao_b_bucket)))`: 0,
		`chepiao_c_total`:                1,
		`chepiao_a_total{route="/"}`:     1,
		`sum by (route) chepiao_a_total`: 1,
		`sum(chepiao_a_total`:            1,
		`up == 0`:                        1,
	} {
		if wrong := wrongIn(query, known); len(wrong) != want {
			t.Errorf("%s: %v", query, wrong)
		}
	}
}
