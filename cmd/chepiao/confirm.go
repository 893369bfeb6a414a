package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"time"

	"chepiao"
	"chepiao/store"
)

// restoreConfirmCmd is the operator's word about one lane.
type restoreConfirmCmd struct {
	Data    string `arg:"" help:"Data folder; a hub may be running on it." type:"existingdir"`
	Store   string `help:"postgres:// URL of the node's store; the file in the data folder if not given." placeholder:"URL" env:"CHEPIAO_STORE"`
	Lane    int64  `help:"Lane of the journal." required:""`
	Seq     string `help:"Number of the last entry of that lane that any station, partner, export or later backup has seen; unknown if nobody can say." required:""`
	By      string `help:"Who says so; the user of this terminal if not given."`
	Journal string `help:"Export of the journal that reaches beyond the backup (chepiao journal export): names what was lost." type:"existingfile"`
}

func (c *restoreConfirmCmd) Run(ctx context.Context) error {
	known := int64(store.Unknown)
	if c.Seq != "unknown" {
		n, err := strconv.ParseInt(c.Seq, 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("--seq: %q is neither the number of an entry nor the word unknown", c.Seq)
		}
		known = n
	}
	if c.By == "" {
		c.By = "operator"
		if u, err := user.Current(); err == nil {
			c.By = u.Username
		}
	}
	target := targetOf(c.Data, c.Store)
	var heads []store.Head
	if err := store.Peek(target, func(r *store.Reader) (err error) { heads, err = r.Heads(); return err }); err != nil {
		return err
	}
	lanes, restart, err := store.Confirm(target, time.Now(), c.Lane, known, c.By)
	if err != nil {
		return err
	}
	var said store.RestoredLane
	for _, l := range lanes {
		if l.Lane == c.Lane {
			said = l
		}
	}
	report(os.Stdout, said)
	if c.Journal != "" {
		if err := tellLost(ctx, os.Stdout, c.Journal, heads, said); err != nil {
			return err
		}
	}
	if restart {
		fmt.Println("Lane", c.Lane, "is beyond the one that this node opened: start its hub anew.")
	}
	outstanding(os.Stdout, c.Data, c.Store, lanes)
	return nil
}

// report says what a confirmation means, and what is to be done.
func report(out io.Writer, l store.RestoredLane) {
	from, to, lost := l.Lost()
	if !lost {
		fmt.Fprintf(out, "lane %d is confirmed: nothing came after entry %d. It is closed; the node goes on in a new one.\n", l.Lane, l.Seq)
		return
	}
	end := "nobody knows where"
	if to != store.Unknown {
		end = fmt.Sprintf("entry %d, %d in all", to, to-from+1)
	}
	since := "the node began"
	if !l.LastAt.IsZero() {
		since = l.LastAt.Format(time.RFC3339)
	}
	fmt.Fprintf(out, `lane %d is confirmed, and closed for good. LOST: its entries from %d to %s.
They are what was sold, paid, refunded and checked after %s. No number will be given twice.
To do:
  1. Numbers from %s on, of this lane, are of lost orders and tickets: their vouchers are genuine.
     Gates cannot find them; let who shows one board by hand and write its number and seat down.
  2. Seats sold in the lost entries look free here. Stop the sale of departures that were on sale
     then (desk, stop sale), until the lost tickets are entered or their time has gone by.
  3. Ask each payment channel for its payments and refunds since that time. Compare: money that
     came in for a lost order goes back or buys the same seat again; a refund that was lost here
     has been paid already, do not pay it twice.
  4. Refunds and checks before the backup's time stand; those after it are forgotten: a ticket
     that was refunded or used after it looks valid here.
  5. Look for the entries: an export of the journal kept elsewhere, a station, a partner's webhook log.
     chepiao restore confirm … --journal EXPORT lists them.
`, l.Lane, from, end, since, chepiao.OrderID(l.NextID))
}

// outstanding says what is still to be confirmed, and how.
func outstanding(out io.Writer, data, url string, lanes []store.RestoredLane) {
	open := 0
	for _, l := range lanes {
		if l.Confirmed.IsZero() {
			open++
		}
	}
	if open == 0 {
		fmt.Fprintln(out, "Every lane is confirmed: the node sells.")
		return
	}
	where := data
	if url != "" {
		where += " --store URL"
	}
	fmt.Fprintln(out, "It does nothing until an operator has said, of every lane, which entry others saw last:")
	for _, l := range lanes {
		if l.Confirmed.IsZero() {
			fmt.Fprintf(out, "  chepiao restore confirm %s --lane %d --seq N     here it ends at entry %d%s\n", where, l.Lane, l.Seq, at(l.LastAt))
		}
	}
	fmt.Fprintln(out, "N is what stations and partners show for this node, or what a later backup's manifest says; unknown if nobody can say.")
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " of " + t.Format(time.RFC3339)
}

// restoreStatusCmd shows how a restore stands.
type restoreStatusCmd struct {
	Data  string `arg:"" help:"Data folder." type:"existingdir"`
	Store string `help:"postgres:// URL of the node's store; the file in the data folder if not given." placeholder:"URL" env:"CHEPIAO_STORE"`
}

func (c *restoreStatusCmd) Run(context.Context) error {
	var lanes []store.RestoredLane
	err := store.Peek(targetOf(c.Data, c.Store), func(r *store.Reader) (err error) { lanes, err = r.Restored(); return err })
	if err != nil {
		return err
	}
	if len(lanes) == 0 {
		fmt.Println("This node was never restored.")
		return nil
	}
	for _, l := range lanes {
		why := map[string]string{store.FromCopy: "put back from a copy", store.Behind: "found behind what this node had seen"}[l.Why]
		fmt.Printf("%s  lane %d %s, at entry %d%s\n", l.At.Format(time.RFC3339), l.Lane, why, l.Seq, at(l.LastAt))
		if !l.Confirmed.IsZero() {
			fmt.Printf("    confirmed by %s on %s\n", l.By, l.Confirmed.Format(time.RFC3339))
			if from, to, lost := l.Lost(); lost && to == store.Unknown {
				fmt.Printf("    whatever came from entry %d on is lost\n", from)
			} else if lost {
				fmt.Printf("    entries %d to %d are lost\n", from, to)
			}
		}
	}
	outstanding(os.Stdout, c.Data, c.Store, lanes)
	return nil
}
