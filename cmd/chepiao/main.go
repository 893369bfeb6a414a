// Command chepiao is the whole system in one program: a hub that sells, issues
// and checks coach tickets, a demo to try it, and the tools around it. Run it
// without arguments to see what it can do.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // a small box may have no time zones of its own

	"github.com/alecthomas/kong"

	"chepiao"
)

var cli struct {
	Demo     demoCmd     `cmd:"" help:"A demo network, ready to sell, buy and check, in a temporary folder."`
	Hub      hubCmd      `cmd:"" help:"Run a hub on a data folder."`
	Station  stationCmd  `cmd:"" help:"Run a station's node, which goes on when the network is cut; invite one at its hub."`
	Import   importCmd   `cmd:"" help:"Import a GTFS feed into a data folder."`
	Verify   verifyCmd   `cmd:"" help:"Explain a voucher code and verify it offline."`
	Doctor   doctorCmd   `cmd:"" help:"Recompute everything stored and say where it differs."`
	Backup   backupCmd   `cmd:"" help:"Copy a node's database while its hub runs."`
	Restore  restoreCmd  `cmd:"" help:"Put a backup in place: it sells nothing until an operator has confirmed it."`
	Journal  journalCmd  `cmd:"" help:"Export the journal, and verify an export without any database."`
	Rules    rulesCmd    `cmd:"" help:"Ask for, export, import and try out the rules of the trade."`
	Keys     keysCmd     `cmd:"" help:"Show, rotate and revoke voucher keys."`
	Device   deviceCmd   `cmd:"" help:"Add, list and remove devices that act for staff."`
	Staff    staffCmd    `cmd:"" help:"Set up, add, list and switch off the accounts of people who work here."`
	Fakes    fakesCmd    `cmd:"" help:"Outside parties to practise with."`
	Selftest selftestCmd `cmd:"" help:"Drive a real hub hard, kill it twice, and prove that nothing is lost."`
	Cluster  clusterCmd  `cmd:"" help:"A practice cluster on this machine: PostgreSQL with a standby, hubs, a balancer."`
	Failover failoverCmd `cmd:"" help:"Lose the primary database under load and prove that nothing is lost."`
	Bench    benchCmd    `cmd:"" help:"Measure this machine, side by side with simpler ways."`
	Sim      simCmd      `cmd:"" help:"Live through provinces in virtual time: no seat sold twice, nobody carried twice, whatever fails."`
	Torture  tortureCmd  `cmd:"" help:"Attack a running system in every way we know, and judge what it said."`
}

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // the heap is small, a few dozen MB: collect less often
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli, kong.Name("chepiao"), kong.UsageOnError(),
		kong.Description("Chepiao (车票): electronic coach tickets, sold, issued and checked."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err := k.Run(); err != nil && (ctx.Err() == nil || !errors.Is(err, context.Canceled)) {
		fmt.Fprintln(os.Stderr, "chepiao: "+say(err))
		os.Exit(1)
	}
}

// say is an error for the person at the terminal.
func say(err error) string {
	if r := chepiao.AsRefusal(err); r != nil {
		if r.Field != "" {
			return r.Field + ": " + r.EN
		}
		return r.EN
	}
	return err.Error()
}
