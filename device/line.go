package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"go.bug.st/serial"
)

// Speeds of serial lines where the address says none.
const (
	readerBaud  = 115200
	scannerBaud = 9600
	printerBaud = 9600
)

const dialMax = 3 * time.Second

// line is an open connection to a part. What arrives is in in, which is closed when
// the connection breaks: whoever pulled the plug is seen at once.
type line struct {
	rw io.ReadWriteCloser
	in chan []byte
}

var errGone = errors.New("the part was unplugged")

// dial opens a line to an address of Options.
func dial(ctx context.Context, address string, baud int) (*line, error) {
	rw, err := open(ctx, address, baud)
	if err != nil {
		return nil, err
	}
	l := &line{rw, make(chan []byte, 64)}
	go func() {
		defer close(l.in)
		buf := make([]byte, 4096)
		for {
			n, err := rw.Read(buf)
			if n > 0 {
				select {
				case l.in <- append([]byte(nil), buf[:n]...):
				default: // nobody listens to that much: it is noise
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return l, nil
}

func open(ctx context.Context, address string, baud int) (io.ReadWriteCloser, error) {
	if host, ok := strings.CutPrefix(address, "tcp://"); ok {
		d := net.Dialer{Timeout: dialMax, KeepAlive: 5 * time.Second}
		return d.DialContext(ctx, "tcp", host)
	}
	path, query, _ := strings.Cut(address, "?")
	if speed, ok := strings.CutPrefix(query, "baud="); ok {
		n, err := strconv.Atoi(speed)
		if err != nil || n < 300 || n > 4_000_000 {
			return nil, fmt.Errorf("%q is no speed of a serial line", speed)
		}
		baud = n
	}
	if strings.HasPrefix(path, "/dev/usb/") {
		return os.OpenFile(path, os.O_RDWR, 0)
	}
	return serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit})
}

// write sends everything. A part that takes nothing for a while counts as gone.
func (l *line) write(ctx context.Context, b []byte, most time.Duration) error {
	done := make(chan error, 1)
	go func() {
		for len(b) > 0 {
			n, err := l.rw.Write(b)
			if err == nil && n == 0 {
				err = errGone
			}
			if err != nil {
				done <- err
				return
			}
			b = b[n:]
		}
		done <- nil
	}()
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return errGone
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain drops what has arrived; errGone when the line is broken.
func (l *line) drain() error {
	for {
		select {
		case _, ok := <-l.in:
			if !ok {
				return errGone
			}
		default:
			return nil
		}
	}
}

func (l *line) close() { l.rw.Close() } //nolint:errcheck // it is gone either way

// sleep waits, and says whether there is still something to do.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
