package postgres_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"chepiao/postgres"
)

// TestStandby tells the life of a pair: what the primary answered is on the
// standby when the primary is lost, and a commit without its standby waits.
func TestStandby(t *testing.T) {
	ctx := deadline(t, 3*time.Minute)
	first, remove, err := postgres.Temporary(ctx, memory(), postgres.Options{Sync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = remove() })
	ask(t, first, "CREATE TABLE paper (n int)")
	if _, err := first.Standby(ctx, folder(t), "O'Neill"); err == nil {
		t.Error("a standby of any name")
	}
	second := follow(t, ctx, first, "second")
	state, err := first.State(ctx)
	if err != nil || state.Standby || len(state.Followers) != 1 {
		t.Fatalf("the primary is %+v, %v", state, err)
	}
	if f := state.Followers[0]; f.Name != "second" || f.State != "streaming" || f.Sync != "sync" || f.Behind < 0 {
		t.Errorf("its follower is %+v", f)
	}
	if state, err := second.State(ctx); err != nil || !state.Standby || state.Position == 0 || len(state.Followers) != 0 {
		t.Errorf("the standby is %+v, %v", state, err)
	}
	if _, err := second.Ask(ctx, "INSERT INTO paper VALUES (0)"); err == nil {
		t.Error("a standby takes a write")
	}

	ask(t, first, "INSERT INTO paper VALUES (1)")
	if err := second.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	_, err = first.Ask(short, "INSERT INTO paper VALUES (2)")
	cancel()
	if err == nil || !errors.Is(short.Err(), context.DeadlineExceeded) {
		t.Fatalf("a commit was answered without the standby: %v", err)
	}
	start(t, ctx, second)
	ask(t, first, "INSERT INTO paper VALUES (3)")

	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := second.Promote(ctx); err != nil {
		t.Fatal(err)
	}
	// The row nobody was told of (2) is there as well: it had reached the first disk.
	if got := ask(t, second, "INSERT INTO paper VALUES (4); SELECT string_agg(n::text, ' ' ORDER BY n) FROM paper"); got != "1 2 3 4" {
		t.Errorf("after the promotion: %s", got)
	}
	third := follow(t, ctx, second, "third")
	if state, err := second.State(ctx); err != nil || state.Standby || len(state.Followers) != 1 || state.Followers[0].Sync != "sync" {
		t.Errorf("the new pair's primary is %+v, %v", state, err)
	}
	if names := ask(t, third, "SHOW synchronous_standby_names"); names != "" {
		t.Errorf("a standby that will wait for %s when it is promoted", names)
	}
}

func follow(t *testing.T, ctx context.Context, s *postgres.Server, name string) *postgres.Server {
	t.Helper()
	b, err := s.Standby(ctx, filepath.Join(folder(t), name), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Kill() })
	return b
}
