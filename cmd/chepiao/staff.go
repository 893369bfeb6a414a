package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
)

// staffCmd keeps the accounts of people who work here, where the page
// /staff/accounts cannot be used.
type staffCmd struct {
	Setup staffSetupCmd `cmd:"" help:"Print a link, good once and for an hour, by which an administrator makes an account. The hub may run."`
	List  staffListCmd  `cmd:"" help:"List the accounts."`
	Add   staffAddCmd   `cmd:"" help:"Add an account, and print the link by which its owner chooses a password."`
	Off   staffOffCmd   `cmd:"" help:"Switch an account off."`
	Reset staffResetCmd `cmd:"" help:"Make a password worth nothing, and print the link to choose another."`
}

const setUpName = "setup.json"

// openStaff opens the accounts of a node, and reads who vouches for people.
func (n *node) openStaff(o nodeOptions) (err error) {
	n.public = o.publicURL
	if o.oidcFile != "" {
		c, err := ident.ReadOIDC(o.oidcFile)
		if err != nil {
			return err
		}
		n.oidc = ident.NewOIDC(c, o.publicURL+"/staff/oidc/back", n.store.Now)
	}
	n.staff, err = ident.NewAccounts(ident.AccountsConfig{Store: n.store, Key: n.safe.NodeKey, Rand: rand.Reader, SetUp: filepath.Join(o.folder, setUpName)})
	return err
}

// offerSetUp prints the link for a first administrator while there is none. It
// stands in no log.
func (n *node) offerSetUp(ctx context.Context, out io.Writer, folder, url string) error {
	if is, err := n.staff.Administered(ctx); is || err != nil {
		return err
	}
	code, err := ident.OfferSetUp(filepath.Join(folder, setUpName), rand.Reader, n.store.Now())
	if err == nil {
		fmt.Fprintf(out, "nobody keeps the staff accounts yet: within an hour, open  %s/staff/setup?code=%s\n", url, code)
	}
	return err
}

type staffSetupCmd struct {
	Data   string `arg:"" help:"Data folder of the hub." type:"existingdir"`
	Public string `help:"URL under which the hub is reached." default:"http://127.0.0.1:8080"`
}

func (c *staffSetupCmd) Run() error {
	if _, err := readSafe(c.Data); err != nil {
		return err
	}
	code, err := ident.OfferSetUp(filepath.Join(c.Data, setUpName), rand.Reader, time.Now())
	if err == nil {
		fmt.Printf("good once, for an hour: %s/staff/setup?code=%s\n", c.Public, code)
	}
	return err
}

// accounts says whose accounts a command works on. A hub on a file of its own has to
// be stopped for it: it uses the page instead.
type accounts struct {
	Data string `arg:"" help:"Data folder of the hub. Stop the hub first, or use its page /staff/accounts; one that shares a PostgreSQL may run on." type:"existingdir"`
	database
}

func (c accounts) with(ctx context.Context, do func(*ident.Accounts, ident.Act) error) error {
	if _, err := readSafe(c.Data); err != nil {
		return err
	}
	n, err := openNode(ctx, nodeOptions{folder: c.Data, target: c.Store, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer n.close()
	return do(n.staff, ident.Act{ID: fmt.Sprintf("staff-%d", time.Now().UnixNano()), By: "chepiao staff"})
}

type staffListCmd struct{ accounts }

func (c *staffListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *ident.Accounts, _ ident.Act) error {
		const chunk = 500
		for after := chepiao.StaffNo(""); ; {
			list, err := a.List(ctx, after, chunk)
			if err != nil {
				return err
			}
			for _, s := range list {
				after = s.No
				fmt.Println(line(s))
			}
			if len(list) < chunk {
				return nil
			}
		}
	})
}

// line is an account as the terminal shows it.
func line(a ident.Account) string {
	state := "ready"
	switch {
	case a.Off:
		state = "off"
	case !a.Ready:
		state = "no password yet"
	}
	where := "all stations"
	if len(a.Stations) > 0 {
		where = strings.Join(a.Stations, " ")
	}
	roles := make([]string, len(a.Roles))
	for i, r := range a.Roles {
		roles[i] = string(r)
	}
	return fmt.Sprintf("%-8s %-10s %-30s %-20s %s", a.No, a.Name, strings.Join(roles, " "), where, state)
}

type staffAddCmd struct {
	accounts
	No      string            `required:"" help:"Staff number."`
	Name    string            `required:"" help:"Name."`
	Role    []ident.StaffRole `required:"" help:"clerk, checker, dispatcher, supervisor or administrator; several with commas."`
	Station []string          `help:"Business codes of the stations they may act for; all if not given."`
	Public  string            `help:"URL under which the hub is reached." default:"http://127.0.0.1:8080"`
}

func (c *staffAddCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *ident.Accounts, v ident.Act) error {
		code, err := a.Add(ctx, v, ident.Staff{No: chepiao.StaffNo(c.No), Name: c.Name, Roles: c.Role, Stations: c.Station})
		if err == nil {
			tellLink(os.Stdout, c.Public, code)
		}
		return err
	})
}

func tellLink(out io.Writer, url, code string) {
	fmt.Fprintf(out, "for its owner, good once within %d hours: %s/staff/password?code=%s\n", int(ident.LinkFor.Hours()), url, code)
}

type staffOffCmd struct {
	accounts
	No string `required:"" help:"Staff number."`
}

func (c *staffOffCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *ident.Accounts, v ident.Act) error {
		no, err := chepiao.ParseStaffNo(c.No)
		if err != nil {
			return err
		}
		found, err := a.Get(ctx, no)
		if err != nil {
			return err
		}
		found.Off = true
		return a.Change(ctx, v, found.Staff)
	})
}

type staffResetCmd struct {
	accounts
	No     string `required:"" help:"Staff number."`
	Public string `help:"URL under which the hub is reached." default:"http://127.0.0.1:8080"`
}

func (c *staffResetCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *ident.Accounts, v ident.Act) error {
		no, err := chepiao.ParseStaffNo(c.No)
		if err != nil {
			return err
		}
		code, err := a.Reset(ctx, v, no)
		if err == nil {
			tellLink(os.Stdout, c.Public, code)
		}
		return err
	})
}

// demoStaff are the people of a demo, one a role and a second clerk. Nobody needs a
// password there.
var demoStaff = []ident.Staff{
	{No: "1001", Name: "王秀英", Roles: []ident.StaffRole{ident.Clerk}},
	{No: "1002", Name: "赵丽", Roles: []ident.StaffRole{ident.Clerk}},
	{No: "2001", Name: "李建国", Roles: []ident.StaffRole{ident.Checker}},
	{No: "3001", Name: "张伟", Roles: []ident.StaffRole{ident.Dispatcher}},
	{No: "4001", Name: "刘敏", Roles: []ident.StaffRole{ident.Supervisor}},
	{No: "9001", Name: "陈静", Roles: []ident.StaffRole{ident.Administrator}},
}

// hire gives the people of a demo their accounts, unless they have them.
func (n *node) hire(ctx context.Context) error {
	if any, err := n.staff.Any(ctx); any || err != nil {
		return err
	}
	for _, s := range demoStaff {
		if _, err := n.staff.Add(ctx, ident.Act{ID: "demo-staff-" + string(s.No), By: "demo"}, s); err != nil {
			return err
		}
	}
	return nil
}
