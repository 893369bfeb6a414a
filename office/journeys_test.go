package office_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chepiao/store/storetest"
)

var rewrite = flag.Bool("rewrite", false, "write what happens into the journeys instead of comparing it")

// TestJourneys tells the stories of testdata/journeys. Each is a text that a
// station master can review: what people do, and under the line what the system
// answers. If one fails, run with -rewrite and look at the difference. Keep it
// only if you understand it and want it.
//
// Every verb is sent twice and gets the same answer, and a third time with other
// inputs, which is refused. A refusal leaves the journal as it was. After a
// restart every verb so far is sent once more. No answer and no file of the
// database shows a name or document number. At the end of each story doctor
// finds nothing.
func TestJourneys(t *testing.T) { tellAll(t, func(t *testing.T) *world { return newWorld(t) }) }

// TestJourneysOfTwoProcesses tells the same stories to two hubs that share a
// PostgreSQL database and take turns: each verb is sent to one and again to the
// other, and what one does the other must know.
func TestJourneysOfTwoProcesses(t *testing.T) {
	tellAll(t, func(t *testing.T) *world {
		return newWorldOn(t, storetest.Folder(t), server.PostgreSQL(t).Target)
	})
}

var server storetest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
		code = 1
	}
	os.Exit(code)
}

func tellAll(t *testing.T, fresh func(*testing.T) *world) {
	paths, err := filepath.Glob("../testdata/journeys/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no journeys: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			must(t, err)
			w := fresh(t)
			steps, err := parseStory(string(text))
			must(t, err)
			told := ""
			for _, s := range steps {
				w.where = fmt.Sprintf("%s:%d", filepath.Base(path), s.line)
				got := w.tell(s.commands)
				w.masked(got)
				if !*rewrite && got != s.answer {
					t.Errorf("%s: %s\n----\n%s\nwant\n%s", w.where, strings.Join(s.commands, "\n"), got, s.answer)
				}
				told += s.prose + strings.Join(s.commands, "\n") + "\n----\n" + got + "\n"
			}
			w.end()
			if *rewrite {
				must(t, os.WriteFile(path, []byte(strings.TrimRight(told, "\n")+"\n"), 0o644))
			}
		})
	}
}

// step is one block of a story: prose before it, commands, and the answer.
type step struct {
	line     int
	prose    string // comments and blank lines, as they are
	commands []string
	answer   string // every line with its end
}

// parseStory takes a story apart. A block is commands, a line "----", and the
// answer up to a blank line. Lines that begin with # are for the reader.
func parseStory(text string) (steps []step, err error) {
	var s step
	answering := false
	finish := func() {
		steps = append(steps, s)
		s, answering = step{}, false
	}
	for n, line := range strings.Split(text, "\n") {
		switch {
		case answering && line == "":
			finish()
		case answering:
			s.answer += line + "\n"
		case line == "----" && len(s.commands) == 0:
			return nil, fmt.Errorf("line %d: an answer to nothing", n+1)
		case line == "----":
			answering = true
		case len(s.commands) == 0 && (line == "" || strings.HasPrefix(line, "#")):
			s.prose += line + "\n"
		case line == "":
			return nil, fmt.Errorf("line %d: commands without ----", n+1)
		default:
			if len(s.commands) == 0 {
				s.line = n + 1
			}
			s.commands = append(s.commands, line)
		}
	}
	if answering {
		finish()
	}
	if len(s.commands) > 0 {
		return nil, fmt.Errorf("the story ends in commands without ----")
	}
	return steps, nil
}

func TestParseStory(t *testing.T) {
	steps, err := parseStory("# A story\n\nhold\nmore\n----\nheld\n\n# on\nrefund\n----\n")
	if err != nil || len(steps) != 2 || steps[0].line != 3 || steps[0].prose != "# A story\n\n" || len(steps[0].commands) != 2 || steps[0].answer != "held\n" || steps[1].prose != "# on\n" || steps[1].answer != "" {
		t.Errorf("%+v, %v", steps, err)
	}
	for _, bad := range []string{"hold", "hold\n\n----\nx", "----\nx"} {
		if _, err := parseStory(bad); err == nil {
			t.Errorf("%q is read as a story", bad)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
