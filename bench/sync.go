package bench

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// syncTime is the median time of writing 4 KiB and syncing them, in
// milliseconds; 0 where it cannot be measured.
func syncTime(folder string) float64 {
	f, err := os.Create(filepath.Join(folder, "sync"))
	if err != nil {
		return 0
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	var times []float64
	for i := range 201 {
		began := time.Now()
		if _, err := f.WriteAt(page, int64(i%16)*4096); err != nil {
			return 0
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0
		}
		times = append(times, float64(time.Since(began).Microseconds())/1000)
	}
	slices.Sort(times)
	return times[len(times)/2]
}
