package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"chepiao"
	"chepiao/gtfs"
	"chepiao/voucher"
)

// ImportResult is one import of a large feed by a process of its own.
type ImportResult struct {
	StopTimes int     `json:"stop_times"`
	Seconds   float64 `json:"seconds"`
	PeakMB    float64 `json:"peak_mb"` // resident memory
}

// VerifyResult is the processor time of verifying one voucher.
type VerifyResult struct {
	Suite  chepiao.CryptoProfile `json:"suite"`
	Millis float64               `json:"ms"` // median of verifyRuns
}

// Sizes of the single measurements. A synthetic trip has fifteen stops.
const (
	importTrips = 20_000
	importStops = 3_000
	verifyRuns  = 501
)

// Import writes a feed of 300,000 stop times and imports it as an operator would.
func Import(ctx context.Context, folder string) (*ImportResult, error) {
	feed := filepath.Join(folder, "large.zip")
	f, err := os.Create(feed)
	if err != nil {
		return nil, err
	}
	if err := gtfs.WriteSynthetic(f, importTrips, importStops, 1); err != nil {
		return nil, fmt.Errorf("writing a large feed: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "import", feed, "--data", filepath.Join(folder, "large"), "--days", "30", "--json")
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("importing a large feed: %w", err)
	}
	r := &ImportResult{StopTimes: importTrips * 15, Seconds: time.Since(began).Seconds()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.PeakMB = float64(usage.Maxrss) / 1024 // Linux counts in KiB
	}
	return r, nil
}

// Verify times the verification of a voucher in each suite.
func Verify() ([]VerifyResult, error) {
	var results []VerifyResult
	now := time.Now()
	for _, suite := range []chepiao.CryptoProfile{chepiao.ProfileEd25519, chepiao.ProfileES256, chepiao.ProfileSM2} {
		key, err := voucher.Generate("BENCH", suite, rand.Reader, now)
		if err != nil {
			return nil, err
		}
		ring, err := voucher.NewRing(key)
		if err != nil {
			return nil, err
		}
		day := chepiao.DayOf(now)
		code, err := ring.Sign(chepiao.Claims{
			Issuer: "BENCH", Ticket: 1_000_000_002, Departure: chepiao.MakeDepartureID(1042, day), Number: "JA1001", Day: day, Depart: 8 * 3600,
			From: 12, To: 31, Seat: 17, NotBefore: now.Add(-time.Hour).Truncate(time.Minute), Expires: now.Add(48 * time.Hour).Truncate(time.Minute), Version: 1,
		})
		if err != nil {
			return nil, err
		}
		millis, err := timeVerify(ring.Keys(), code, now)
		if err != nil {
			return nil, err
		}
		results = append(results, VerifyResult{suite, millis})
	}
	return results, nil
}

func timeVerify(keys *voucher.Keys, code string, now time.Time) (float64, error) {
	times := make([]float64, 0, verifyRuns)
	for range verifyRuns {
		began := time.Now()
		v := keys.Verify(code, now)
		times = append(times, float64(time.Since(began).Nanoseconds())/1e6)
		if !v.Valid {
			return 0, fmt.Errorf("a fresh voucher does not verify: %w", v.Refusal)
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
