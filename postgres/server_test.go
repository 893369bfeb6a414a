package postgres_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"chepiao/postgres"
)

func TestServer(t *testing.T) {
	ctx := deadline(t, 3*time.Minute)
	s, err := postgres.Init(ctx, folder(t), postgres.Options{Sync: true, Extra: map[string]string{"work_mem": "7MB"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Kill() })
	if answered(s) {
		t.Fatal("answers before Start")
	}
	start(t, ctx, s)
	if err := s.Start(ctx); err == nil {
		t.Error("started twice")
	}
	if got := ask(t, s, "SELECT current_setting('work_mem') || ' ' || current_setting('fsync') || ' ' || current_database()"); got != "7MB on chepiao" {
		t.Errorf("settings are %q", got)
	}
	ask(t, s, "CREATE TABLE paper (n int); INSERT INTO paper VALUES (1)")

	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if s.Running() || answered(s) {
		t.Fatal("runs after Stop")
	}
	start(t, ctx, s)
	ask(t, s, "INSERT INTO paper VALUES (2)")

	pids, err := s.Processes()
	if err != nil || len(pids) < 3 {
		t.Fatalf("processes %v, %v", pids, err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); err == nil && !zombie(pid) {
			t.Errorf("process %d lives after Kill", pid)
		}
	}
	if answered(s) {
		t.Fatal("answers after Kill")
	}
	start(t, ctx, s)
	if got := ask(t, s, "SELECT count(*) FROM paper"); got != "2" {
		t.Errorf("%s rows after the power cut, want 2", got)
	}
	if log, err := os.ReadFile(s.Log()); err != nil || !strings.Contains(string(log), "database system was not properly shut down") {
		t.Errorf("no word of recovery in the log (%v): was it a power cut?\n%s", err, log)
	}
}

// TestFilledFolder opens a folder a second time, and refuses one in use.
func TestFilledFolder(t *testing.T) {
	ctx := deadline(t, 3*time.Minute)
	s, remove, err := postgres.Temporary(ctx, memory(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = remove() })
	ask(t, s, "CREATE TABLE paper (n int)")
	if got := ask(t, s, "SELECT current_setting('fsync')"); got != "off" {
		t.Errorf("fsync is %s without Sync", got)
	}
	second, err := postgres.Init(ctx, s.Folder(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(ctx); err == nil || !strings.Contains(err.Error(), "postmaster.pid") {
		t.Errorf("two servers in one folder: %v", err)
	}
	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	start(t, ctx, second)
	ask(t, second, "SELECT n FROM paper")
	if err := second.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Folder()); err == nil {
		t.Error("the folder stands after remove")
	}
}

// TestUnreachableFolder: root must hear why the server's user cannot start.
func TestUnreachableFolder(t *testing.T) {
	hidden := t.TempDir()
	if err := os.Chmod(hidden, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.Init(t.Context(), filepath.Join(hidden, "pg"), postgres.Options{})
	switch root := os.Geteuid() == 0; {
	case root && (err == nil || !strings.Contains(err.Error(), "cannot enter")):
		t.Errorf("root: %v", err)
	case !root && err != nil:
		t.Errorf("as oneself: %v", err)
	}
}

// TestEndsWithItsParent starts a server from a process that is killed.
func TestEndsWithItsParent(t *testing.T) {
	if dir := os.Getenv("POSTGRES_TEST_CHILD"); dir != "" {
		s, err := postgres.Init(t.Context(), dir, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		start(t, t.Context(), s)
		os.Stdout.WriteString(s.Host() + "\n")
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	ctx := deadline(t, 3*time.Minute)
	dir := folder(t)
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestEndsWithItsParent$")
	child.Env = append(os.Environ(), "POSTGRES_TEST_CHILD="+dir)
	out, err := child.Output()
	if err == nil || !strings.HasPrefix(string(out), "127.0.0.1:") {
		t.Fatalf("the child should have started a server and died: %v, %s", err, out)
	}
	pidFile := filepath.Join(dir, "data", "postmaster.pid")
	for {
		if _, err := os.Stat(pidFile); os.IsNotExist(err) {
			return
		}
		if ctx.Err() != nil {
			t.Fatal("the server outlived its parent")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func deadline(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// folder is one that the server's user can reach; t.TempDir is closed to others.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "chepiao-pg-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// memory is a folder on a disk that is none, where there is one: what these tests
// are about does not need a slow one.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func start(t *testing.T, ctx context.Context, s *postgres.Server) {
	t.Helper()
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
}

// ask runs SQL by psql at the server's URL and returns its rows.
func ask(t *testing.T, s *postgres.Server, sql string) string {
	t.Helper()
	bin, err := postgres.Find()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(bin, "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql, s.URL(postgres.Database)).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", sql, err, out)
	}
	return strings.TrimSpace(string(out))
}

func answered(s *postgres.Server) bool {
	bin, _ := postgres.Find()
	return exec.Command(filepath.Join(bin, "pg_isready"), "-q", "-d", s.URL("postgres")).Run() == nil
}

func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(b), ") Z ")
}
