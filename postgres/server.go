// Package postgres starts private PostgreSQL servers for tests, measurements and
// the practice cluster: a database of our own in a folder of our own, which only
// this machine can reach, and which is gone when the folder is. It runs the
// server programs that the system has installed and speaks to no database
// itself; whoever runs a real one (docs/operations.md) has no use for it.
package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say what kind of server is wanted.
type Options struct {
	Sync  bool              // false: no fsync at all, for conformance tests only; a power cut loses everything
	Port  int               // 0: one that is free now, below the ports the system gives away
	Extra map[string]string // settings as postgresql.conf names them; they win over those of this package
}

// Database is the database that Init makes, beside the usual "postgres". User
// owns it and everything else; nobody asks for a password on loopback.
const (
	Database = "chepiao"
	User     = "chepiao"
)

// Server is one database server and its folder: data/ holds the database,
// server.log what the server said, and the socket lies beside them.
type Server struct {
	bin    string // folder of the server programs
	folder string
	name   string // of a standby, as its primary knows it; "" for a first primary
	port   int
	opt    Options
	cred   *account // who runs it; nil: ourselves

	run *running // nil: not started
}

// Init makes a database in folder, which may exist if it is empty, and does not
// start it. A folder that Init filled before is taken as it is. The server
// refuses to run as root, so for root it belongs to the user postgres, who must
// be able to reach the folder: use one below /tmp or /dev/shm.
func Init(ctx context.Context, folder string, o Options) (*Server, error) {
	s, err := prepare(folder, o)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(s.data(), "PG_VERSION")); err == nil {
		return s, nil
	}
	args := []string{"-D", s.data(), "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"}
	if !o.Sync {
		args = append(args, "--no-sync")
	}
	if _, err := s.program(ctx, "", "initdb", args...); err != nil {
		return nil, err
	}
	// One user may make the first database without a server.
	single := []string{"--single", "-D", s.data(), "-c", "fsync=" + onOff(o.Sync), "postgres"}
	if _, err := s.program(ctx, "CREATE DATABASE "+Database+"\n", "postgres", single...); err != nil {
		return nil, err
	}
	return s, nil
}

// Temporary makes a server in a folder of its own below dir ("": where
// temporary files go), starts it, and returns it with what stops and removes it.
func Temporary(ctx context.Context, dir string, o Options) (s *Server, remove func() error, err error) {
	folder, err := os.MkdirTemp(dir, "chepiao-pg-")
	if err != nil {
		return nil, nil, fmt.Errorf("making a folder for PostgreSQL: %w", err)
	}
	remove = func() error {
		if s != nil {
			if err := s.Kill(); err != nil {
				return err
			}
		}
		return os.RemoveAll(folder)
	}
	if s, err = Init(ctx, folder, o); err == nil {
		err = s.Start(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return s, remove, nil
}

// Find returns the folder of the server programs: that of the newest version
// Debian keeps under /usr/lib/postgresql, or where PATH has them.
func Find() (bin string, err error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
		return filepath.Dir(newest), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("the programs of a PostgreSQL server are not installed: scripts/setup.sh test installs them, or apt-get install postgresql-15")
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", fmt.Errorf("finding PostgreSQL: %w", err)
	}
	return filepath.Dir(path), nil
}

// URL is the address of one of the server's databases, for clients of this machine.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(User), Host: s.Host(), Path: "/" + database}
	return u.String()
}

// Host is the server's address and port, as URLs have them.
func (s *Server) Host() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// Name is what the server is called: "first", or as the standby that it began as.
func (s *Server) Name() string {
	if s.name == "" {
		return "first"
	}
	return s.name
}

// Folder is where the server keeps its files; Log is where it writes what happens.
func (s *Server) Folder() string { return s.folder }

// Log is the file the server writes to.
func (s *Server) Log() string { return filepath.Join(s.folder, "server.log") }

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// prepare finds the programs, the user and a port, and makes the folder.
func prepare(folder string, o Options) (*Server, error) {
	bin, err := Find()
	if err != nil {
		return nil, err
	}
	folder, err = filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("finding the folder of a PostgreSQL server: %w", err)
	}
	s := &Server{bin: bin, folder: folder, port: o.Port, opt: o}
	// A path of a Unix socket has at most 107 bytes on Linux (unix(7)).
	if socket := filepath.Join(folder, ".s.PGSQL.65535"); len(socket) > 107 {
		return nil, fmt.Errorf("the folder %s has too long a name for a PostgreSQL socket", folder)
	}
	if s.cred, err = runAs(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of a PostgreSQL server: %w", err)
	}
	if err := s.cred.own(folder); err != nil {
		return nil, err
	}
	if s.port == 0 {
		if s.port, err = freePort(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// settings are what the server is started with, sorted by name.
func (s *Server) settings() []string {
	all := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(s.port),
		"unix_socket_directories": s.folder,
		"max_connections":         "200",
		"wal_level":               "replica",
		"max_wal_senders":         "10",
		"wal_keep_size":           "256MB", // for a standby that starts or stumbles
		// In the folder: what a killed server leaves in /dev/shm nobody would clear away.
		"dynamic_shared_memory_type": "mmap",
		"log_min_messages":           "warning",
		"log_line_prefix":            "%m [%p] ",
		"timezone":                   "UTC",
		"fsync":                      onOff(s.opt.Sync),
		"full_page_writes":           onOff(s.opt.Sync),
	}
	if s.name != "" {
		all["cluster_name"] = s.name
	}
	maps.Copy(all, s.opt.Extra)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// program runs one of PostgreSQL's programs to its end and returns what it
// wrote; its complaint is in the error.
func (s *Server) program(ctx context.Context, input, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PGCONNECT_TIMEOUT=5")
	cmd.Stdin = strings.NewReader(input)
	cmd.WaitDelay = time.Second
	s.cred.apply(cmd)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("running %s: %w: %s", name, err, strings.TrimSpace(complaint.String()+tail(out.Bytes())))
	}
	return strings.TrimSpace(out.String()), nil
}

// tail is the end of what a program said, for an error.
func tail(b []byte) string {
	const bytesMax = 1000
	return string(b[max(0, len(b)-bytesMax):])
}

// said is the end of the server's log.
func (s *Server) said() string {
	b, err := os.ReadFile(s.Log())
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return strings.TrimSpace(tail(b))
}
