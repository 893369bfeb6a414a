package device_test

import (
	"net/http"
	"strings"
	"testing"

	"chepiao/device"
	"chepiao/device/simulate"
)

// slip is text of some lines, and a cut.
func slip(name string) string {
	return "\x1b@" + strings.Repeat("line of "+name+"\n\x1b!\x00", 6) + "\x1dV\x41\x00"
}

func contains(s, part string) bool { return strings.Contains(s, part) }

// printed is the slips that came out whole, the oldest first.
func (c *counter) printed() []string {
	var whole []string
	for _, s := range c.Printer.Slips() {
		if !s.Torn {
			whole = append([]string{simulate.Words(s.Bytes)}, whole...)
		}
	}
	return whole
}

func (c *counter) print(id string) {
	c.t.Helper()
	if status, said := c.post("/print", id, slip(id)); status != http.StatusAccepted || said["job"] != id {
		c.t.Fatalf("printing %s: %d %v", id, status, said)
	}
}

func TestSlipsComeOutOnceAndInOrder(t *testing.T) {
	c := newCounter(t)
	c.is(device.Printer, device.Ready)
	for _, id := range []string{"a", "b", "a", "c"} { // a is sent twice
		c.print(id)
	}
	c.job("a", "done", "")
	c.job("b", "done", "")
	c.job("c", "done", "")
	c.print("b") // also when it is long done
	got := c.printed()
	if len(got) != 3 || !contains(got[0], "of a") || !contains(got[1], "of b") || !contains(got[2], "of c") {
		t.Errorf("printed %q", got)
	}
	if strings.Contains(strings.Join(got, ""), "REPRINT") {
		t.Error("a first slip says that it is a second")
	}
	if status, said := c.post("/print", "", ""); status != http.StatusUnprocessableEntity || said["reason"] != "INVALID" {
		t.Errorf("an empty slip: %d %v", status, said)
	}
	if status, _ := c.post("/print", strings.Repeat("x", 65), "x"); status != http.StatusUnprocessableEntity {
		t.Errorf("an endless id: %d", status)
	}
}

// What was not begun is printed by itself when it can be.
func TestNoPaperBeforeASlip(t *testing.T) {
	c := newCounter(t)
	c.is(device.Paper, device.Ready)
	c.Printer.Paper(4)
	c.is(device.Paper, device.Low)
	c.Printer.Paper(0)
	c.is(device.Paper, device.Out)
	c.print("a")
	c.job("a", "waiting", "out")
	if n := len(c.Printer.Slips()); n != 0 {
		t.Fatalf("%d slips on no paper", n)
	}
	c.Printer.Paper(50)
	c.job("a", "done", "")
	if got := c.printed(); len(got) != 1 || contains(got[0], "REPRINT") {
		t.Errorf("printed %q", got)
	}
	c.Printer.Cover(true)
	c.is(device.Printer, device.Open)
	c.print("b")
	c.job("b", "waiting", "open")
	if status, _ := c.post("/jobs/b", "", `{"do":"again"}`); status != http.StatusConflict {
		t.Errorf("a slip that was never begun is printed again: %d", status)
	}
	if status, _ := c.post("/jobs/b", "", `{"do":"drop"}`); status != http.StatusOK {
		t.Errorf("dropping: %d", status)
	}
	c.job("b", "failed", "dropped")
	c.Printer.Cover(false)
	c.print("c")
	c.job("c", "done", "")
	if got := c.printed(); len(got) != 2 || contains(got[1], "of b") {
		t.Errorf("printed %q", got)
	}
}

// A slip that stopped in its middle is nobody's to judge but a person's.
func TestJamInTheMiddle(t *testing.T) {
	c := newCounter(t)
	c.Printer.Stick("jam")
	c.print("a")
	c.is(device.Printer, device.Jam)
	c.job("a", "waiting", "jam")
	c.print("b") // waits behind it
	c.Printer.Clear()
	c.job("a", "waiting", "check")
	if got := c.printed(); len(got) != 0 {
		t.Fatalf("printed by itself: %q", got)
	}
	if status, said := c.post("/jobs/a", "", `{"do":"again"}`); status != http.StatusOK {
		t.Fatalf("again: %d %v", status, said)
	}
	c.job("a", "done", "")
	c.job("b", "done", "")
	got := c.printed()
	if len(got) != 2 || !contains(got[0], "重打 REPRINT") || !contains(got[0], "of a") || contains(got[1], "REPRINT") {
		t.Errorf("printed %q", got)
	}
}

func TestPaperRunsOutInTheMiddle(t *testing.T) {
	c := newCounter(t)
	c.Printer.Stick("out")
	c.print("a")
	c.job("a", "waiting", "out")
	c.Printer.Paper(60) // the rest comes out on the new roll
	c.job("a", "waiting", "check")
	if status, _ := c.post("/jobs/a", "", `{"do":"done"}`); status != http.StatusOK {
		t.Fatalf("done: %d", status)
	}
	c.job("a", "done", "")
	if status, _ := c.post("/jobs/a", "", `{"do":"again"}`); status != http.StatusConflict {
		t.Errorf("what is done was printed again: %d", status)
	}
	c.print("b")
	c.job("b", "done", "")
	if status, said := c.post("/jobs/nobody", "", `{"do":"drop"}`); status != http.StatusConflict || said["reason"] != "NOT_FOUND" {
		t.Errorf("a job that is none: %d %v", status, said)
	}
}

func TestPrinterUnpluggedInTheMiddle(t *testing.T) {
	c := newCounter(t)
	c.Printer.Stick("jam")
	c.print("a")
	c.job("a", "waiting", "jam")
	c.Printer.Unplug()
	c.job("a", "waiting", "check")
	c.is(device.Printer, device.Absent)
	c.print("b")
	c.post("/jobs/a", "", `{"do":"drop"}`)
	c.job("a", "failed", "dropped")
	c.Printer.Clear()
	if err := c.Printer.Plug(); err != nil {
		t.Fatal(err)
	}
	c.job("b", "done", "")
	if got := c.printed(); len(got) == 0 || contains(strings.Join(got, ""), "REPRINT") {
		t.Errorf("printed %q", got)
	}
}

func TestPrinterThatDoesNotAnswer(t *testing.T) {
	c := newCounter(t)
	c.is(device.Printer, device.Ready)
	c.Printer.Dead(true)
	c.is(device.Printer, device.Fault)
	c.print("a")
	c.Printer.Dead(false)
	c.is(device.Printer, device.Ready)
	c.job("a", "done", "")
	if got := c.printed(); len(got) != 1 {
		t.Errorf("printed %q", got)
	}
}

func TestDrawer(t *testing.T) {
	c := newCounter(t)
	c.is(device.Drawer, device.Ready)
	c.Printer.Paper(0)
	c.is(device.Paper, device.Out) // a drawer opens without paper
	if status, said := c.post("/drawer", "", ""); status != http.StatusAccepted {
		t.Fatalf("drawer: %d %v", status, said)
	}
	c.is(device.Drawer, device.Open)
	c.Printer.Shut()
	c.is(device.Drawer, device.Ready)
	if n := c.Printer.Kicks(); n != 1 {
		t.Errorf("opened %d times", n)
	}
	if n := len(c.Printer.Slips()); n != 0 {
		t.Errorf("%d slips", n)
	}
}

// On a serial line, and with a printer that is never asked.
func TestOtherPrinters(t *testing.T) {
	serial, err := simulate.NewSerialPrinter(t.TempDir(), "printer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(serial.Unplug)
	c := newCounter(t, func(o *device.Options) { o.Printer = serial.Address() + "?baud=19200" })
	c.print("a")
	c.job("a", "done", "")
	if n := len(serial.Slips()); n != 1 {
		t.Errorf("%d slips on the serial line", n)
	}
	serial.Dead(true)
	blind := newBare(t, func(o *device.Options) { o.Printer, o.Blind = serial.Address(), true })
	blind.print("b")
	blind.job("b", "done", "")
}

func TestNoPrinterNoDrawer(t *testing.T) {
	c := newCounter(t, func(o *device.Options) { o.Printer, o.Drawer = "", false })
	for _, path := range []string{"/print", "/drawer"} {
		if status, said := c.post(path, "", "x"); status != http.StatusConflict || said["reason"] != "NOT_FOUND" {
			t.Errorf("%s: %d %v", path, status, said)
		}
	}
}
