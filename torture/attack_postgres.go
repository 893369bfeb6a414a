package torture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"chepiao/postgres"
)

// Attacks on three hubs that share a PostgreSQL, and on PostgreSQL itself.

const hubsOf = 3

// database starts a private PostgreSQL that syncs, and points the hubs at it.
func (s *scene) database(ctx context.Context) error {
	return s.databaseIn(ctx, filepath.Join(s.folder, "pg"))
}

func (s *scene) databaseIn(ctx context.Context, folder string) error {
	if err := os.Chmod(s.folder, 0o711); err != nil { // its user must get through
		return fmt.Errorf("opening the folder to PostgreSQL: %w", err)
	}
	server, err := postgres.Init(ctx, folder, postgres.Options{Sync: true})
	if err != nil {
		return err
	}
	s.server = server
	s.cleanups = append(s.cleanups, func() error { return server.Kill() })
	if err := server.Start(ctx); err != nil {
		return err
	}
	s.target = server.URL(postgres.Database)
	return nil
}

// killHubs kills one hub after the other, sometimes two at once.
func killHubs(ctx context.Context, s *scene) error {
	if err := s.database(ctx); err != nil {
		return err
	}
	if err := s.begin(ctx, hubsOf); err != nil {
		return err
	}
	return s.crowd(ctx, func() error {
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(500*time.Millisecond, 2*time.Second)); err != nil {
				return err
			}
			i := s.chance.IntN(hubsOf)
			if s.chance.IntN(3) == 0 {
				s.note("kill -9 of hub %d", (i+1)%hubsOf)
				if err := s.hubs[(i+1)%hubsOf].kill(); err != nil {
					return err
				}
			}
			if err := s.killAndStart(ctx, s.hubs[i], s.between(0, 2*time.Second)); err != nil {
				return err
			}
			if err := s.startAll(ctx); err != nil {
				return err
			}
		}
		return doze(ctx, time.Second)
	})
}

// freezeHub stops a hub in the middle of whatever it does, long enough for the
// others to take it for dead, and lets it go on: what it then still writes must
// be refused by the database.
func freezeHub(ctx context.Context, s *scene) error {
	if err := s.database(ctx); err != nil {
		return err
	}
	if err := s.begin(ctx, hubsOf); err != nil {
		return err
	}
	s.patience = 2 * time.Second
	return s.crowd(ctx, func() error {
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(time.Second, 2*time.Second)); err != nil {
				return err
			}
			h := s.hubs[s.chance.IntN(hubsOf)]
			stopped := s.between(time.Second, buriedAfter)
			s.note("hub %d stands still for %s", h.no, stopped.Round(time.Millisecond))
			if err := h.signal(syscall.SIGSTOP); err != nil {
				return err
			}
			err := doze(ctx, stopped)
			if wake := h.signal(syscall.SIGCONT); wake != nil {
				return wake
			}
			s.note("hub %d moves again", h.no)
			if err != nil {
				return err
			}
			if err := s.reviveFenced(ctx); err != nil {
				return err
			}
		}
		return doze(ctx, time.Second)
	})
}

// buriedAfter is longer than a process may be silent and keep its lane (15 s).
const buriedAfter = 18 * time.Second

// reviveFenced starts hubs again that gave up because they had been buried.
func (s *scene) reviveFenced(ctx context.Context) error {
	if err := doze(ctx, time.Second); err != nil {
		return err
	}
	for _, h := range s.hubs {
		if !h.running() {
			s.note("hub %d has given up", h.no)
		}
	}
	return s.startAll(ctx)
}

// killPostgres kills every process of PostgreSQL at once and starts it again.
func killPostgres(ctx context.Context, s *scene) error {
	if err := s.database(ctx); err != nil {
		return err
	}
	if err := s.begin(ctx, hubsOf); err != nil {
		return err
	}
	return s.crowd(ctx, func() error {
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(time.Second, 3*time.Second)); err != nil {
				return err
			}
			s.note("kill -9 of PostgreSQL")
			if err := s.server.Kill(); err != nil {
				return err
			}
			if err := doze(ctx, s.between(0, time.Second)); err != nil {
				return err
			}
			if err := s.server.Start(ctx); err != nil {
				return err
			}
			s.note("PostgreSQL is up")
		}
		return doze(ctx, 2*time.Second)
	})
}

// fullPostgres lets the disk of PostgreSQL fill up. It refuses to write, or gives
// up altogether; when there is room again somebody starts it.
func fullPostgres(ctx context.Context, s *scene) error {
	folder := filepath.Join(s.folder, "disk")
	if err := s.mount(folder, "-t", "tmpfs", "-o", "size=160m,mode=711", "none"); err != nil {
		return err
	}
	if err := s.databaseIn(ctx, filepath.Join(folder, "pg")); err != nil {
		return err
	}
	if err := s.begin(ctx, hubsOf); err != nil {
		return err
	}
	ballast := filepath.Join(folder, "ballast")
	return s.crowd(ctx, func() error {
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(time.Second, 2*time.Second)); err != nil {
				return err
			}
			if err := fillUp(ballast); err != nil {
				return err
			}
			s.note("the disk of PostgreSQL is full")
			if err := doze(ctx, s.between(2*time.Second, 4*time.Second)); err != nil {
				return err
			}
			if err := os.Remove(ballast); err != nil {
				return fmt.Errorf("making room: %w", err)
			}
			s.note("there is room again; PostgreSQL runs: %v", s.server.Running())
			if !s.server.Running() {
				if err := s.server.Start(ctx); err != nil {
					return err
				}
			}
		}
		return doze(ctx, 2*time.Second)
	})
}

// promote loses the primary for good and makes its synchronous standby the new
// one. What was answered is there, since commits waited for it.
func promote(ctx context.Context, s *scene) error {
	if err := s.database(ctx); err != nil {
		return err
	}
	standby, err := s.server.Standby(ctx, filepath.Join(s.folder, "standby"), "standby")
	if err != nil {
		return err
	}
	s.cleanups = append(s.cleanups, func() error { return standby.Kill() })
	s.target = fmt.Sprintf("postgres://%s@%s,%s/%s?target_session_attrs=read-write", postgres.User, s.server.Host(), standby.Host(), postgres.Database)
	if err := s.begin(ctx, hubsOf); err != nil {
		return err
	}
	return s.crowd(ctx, func() error {
		if err := doze(ctx, s.between(2*time.Second, 4*time.Second)); err != nil {
			return err
		}
		s.note("kill -9 of the primary")
		if err := s.server.Kill(); err != nil {
			return err
		}
		if err := standby.Promote(ctx); err != nil {
			return err
		}
		s.server = standby
		s.note("the standby is the primary now")
		return doze(ctx, s.Span)
	})
}

// stallPostgres stops every process of PostgreSQL for longer than a request may
// take. Clients must be answered within its deadline, and the hubs must not grow.
func stallPostgres(ctx context.Context, s *scene) error {
	if err := s.database(ctx); err != nil {
		return err
	}
	if err := s.begin(ctx, hubsOf); err != nil {
		return err
	}
	s.patience = deadlineMax + 5*time.Second
	return s.crowd(ctx, func() error {
		if err := doze(ctx, 2*time.Second); err != nil {
			return err
		}
		all, err := s.server.Processes()
		if err != nil {
			return err
		}
		s.note("%d processes of PostgreSQL stand still", len(all))
		signal(all, syscall.SIGSTOP)
		method, path := releasing()
		s.flood(ctx, s.hubs[0], s.between(deadlineMax+time.Second, deadlineMax+3*time.Second), method, path)
		signal(all, syscall.SIGCONT)
		s.note("PostgreSQL moves again")
		return doze(ctx, max(3*time.Second, s.Span-deadlineMax))
	})
}

func signal(pids []int, s syscall.Signal) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, s) // one that has ended meanwhile needs none
	}
}
