package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao/demo"
)

// TestSyncBeforeAnswer traces a real hub's system calls and shows that the
// disk's sync lies between what a verb writes and the answer to it. Killing the
// process would not notice a missing sync: the page cache survives it.
func TestSyncBeforeAnswer(t *testing.T) {
	folder := t.TempDir()
	binary := buildProgram(t)
	demoHub(t, binary, folder)
	trace := filepath.Join(folder, "trace")
	url, stop := startTraced(t, trace, binary, "hub", folder, "--listen", "127.0.0.1:0", "--open", "--print-json")
	offers := buyable(t, url)
	for i := range 10 { // one at a time: every answer is a batch's first
		hold(t, url, offers[i%len(offers)], i)
	}
	var crowd sync.WaitGroup
	for i := range 16 {
		crowd.Go(func() {
			for k := range 5 {
				hold(t, url, offers[(i+k)%len(offers)], 100+i*10+k)
			}
		})
	}
	crowd.Wait()
	stop()
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	answers, unsynced := readTrace(data)
	t.Logf("%d answers, %d of them without a sync", answers, len(unsynced))
	if answers < 90 {
		t.Errorf("the trace shows %d answers to 90 holds: it was not read right", answers)
	}
	for _, line := range unsynced {
		t.Errorf("answered before the disk had it: %s", line)
	}
}

// TestTraceReaderSeesMissingSync proves that the reader of traces can fail.
func TestTraceReaderSeesMissingSync(t *testing.T) {
	const good = `1 read(9<socket:[5]>, "POST /api/v1/orders HTTP/1.1"..., 4096) = 300
2 pwrite64(7</d/chepiao.db-wal>, "x"..., 4096, 0) = 4096
2 fdatasync(7</d/chepiao.db-wal>) = 0
1 write(9<socket:[5]>, "HTTP/1.1 201 Created\r\n"..., 400) = 400
`
	if n, bad := readTrace([]byte(good)); n != 1 || len(bad) != 0 {
		t.Errorf("a synced answer is called unsynced: %d %v", n, bad)
	}
	for name, trace := range map[string]string{
		"no sync at all":          strings.ReplaceAll(good, "2 fdatasync(7</d/chepiao.db-wal>) = 0\n", ""),
		"sync of another file":    strings.ReplaceAll(good, "fdatasync(7</d/chepiao.db-wal>)", "fdatasync(7</d/other>)"),
		"sync before the request": "2 fdatasync(7</d/chepiao.db-wal>) = 0\n" + strings.ReplaceAll(good, "2 fdatasync(7</d/chepiao.db-wal>) = 0\n", ""),
		"sync not finished":       strings.ReplaceAll(good, "fdatasync(7</d/chepiao.db-wal>) = 0", "fdatasync(7</d/chepiao.db-wal> <unfinished ...>"),
	} {
		if _, bad := readTrace([]byte(trace)); len(bad) != 1 {
			t.Errorf("%s: not noticed", name)
		}
	}
}

var (
	// The server may read the first byte of a request by itself, to notice a
	// client that goes away.
	request  = regexp.MustCompile(`read\(\d+<(socket\S*)>, "P?OST /api/v1/orders`)
	response = regexp.MustCompile(`write\(\d+<(socket\S*)>, "HTTP/1\.1 201`)
	walWrite = regexp.MustCompile(`pwrite\w*\(\d+<\S*-wal>`)
	walSync  = regexp.MustCompile(`(fdatasync|fsync)\(\d+<\S*-wal>\) += 0`)
	resumed  = regexp.MustCompile(`^\d+ +<\.\.\. \w+ resumed>`)
)

// readTrace counts the answers to holds in a trace and lists those without a
// write to the log and a finished sync after it since their request was read. A
// call that another thread's interrupts stands in two lines: an answer counts
// from where it begins, everything else from where it is done.
func readTrace(data []byte) (answers int, unsynced []string) {
	asked := map[string]int{}    // socket → line of its request
	begun := map[string]string{} // thread → its unfinished call
	lastWrite, synced := -1, -1  // newest write to the log; newest that a sync has covered
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		line := lines.Text()
		thread, _, _ := strings.Cut(line, " ")
		if m := response.FindStringSubmatch(line); m != nil {
			answers++
			if since, ok := asked[m[1]]; !ok || synced < since {
				unsynced = append(unsynced, line)
			}
		}
		if head, cut := strings.CutSuffix(line, " <unfinished ...>"); cut {
			begun[thread] = head
			continue
		}
		if mark := resumed.FindString(line); mark != "" {
			line = begun[thread] + line[len(mark):]
		}
		switch {
		case walWrite.MatchString(line):
			lastWrite = n
		case walSync.MatchString(line):
			synced = lastWrite
		default:
			if m := request.FindStringSubmatch(line); m != nil {
				asked[m[1]] = n
			}
		}
	}
	return answers, unsynced
}

// buildProgram builds the program once for a test.
func buildProgram(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "chepiao")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return binary
}

// demoHub fills a data folder with the demo network.
func demoHub(t *testing.T, binary, folder string) {
	t.Helper()
	if out, err := exec.Command(binary, "import", "../../demo/feed", "--data", folder, "--days", "6").CombinedOutput(); err != nil {
		t.Fatalf("importing: %v\n%s", err, out)
	}
}

func startTraced(t *testing.T, trace, binary string, args ...string) (url string, stop func()) {
	t.Helper()
	all := append([]string{"-f", "-y", "-s", "40", "-o", trace, "-e", "trace=read,write,pwrite64,fdatasync,fsync", binary}, args...)
	cmd := exec.Command("strace", all...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("strace: %v (scripts/setup.sh test installs it)", err)
	}
	first := bufio.NewScanner(out)
	if !first.Scan() {
		t.Fatal("the hub printed no address")
	}
	var said struct{ URL string }
	if err := json.Unmarshal(first.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	return said.URL, func() {
		// strace passes no signal on: ask the hub, its child, itself.
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if err := exec.Command("kill", "-TERM", strings.Fields(string(children))[0]).Run(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the hub ended with %v", err)
		}
	}
}

type offer struct{ Departure, From, To string }

// buyable lists departures of the day after tomorrow between two big stations.
func buyable(t testing.TB, url string) []offer {
	t.Helper()
	day := time.Now().AddDate(0, 0, 2).Format("2006-01-02")
	var stations struct{ Stations []struct{ Code string } }
	getJSON(t, url+"/api/v1/stations?limit=12", &stations)
	for _, a := range stations.Stations {
		for _, b := range stations.Stations {
			var found struct {
				Departures []struct{ ID string }
			}
			if a == b {
				continue
			}
			getJSON(t, url+"/api/v1/departures?limit=20&from="+a.Code+"&to="+b.Code+"&day="+day, &found)
			if len(found.Departures) < 4 {
				continue
			}
			var offers []offer
			for _, d := range found.Departures {
				offers = append(offers, offer{d.ID, a.Code, b.Code})
			}
			return offers
		}
	}
	t.Fatal("the demo network offers nothing")
	return nil
}

func getJSON(t testing.TB, url string, into any) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}

func hold(t *testing.T, url string, o offer, n int) {
	name, number := demo.Person(n)
	body := fmt.Sprintf(`{"departure":%q,"from":%q,"to":%q,"channel":"window","passengers":[{"name":%q,"document":{"kind":"resident_id","number":%q}}]}`,
		o.Departure, o.From, o.To, name, number)
	res, err := http.Post(url+"/api/v1/orders", "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Errorf("a hold was answered %s", res.Status)
	}
}
