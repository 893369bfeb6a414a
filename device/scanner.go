package device

import (
	"bytes"
	"context"
	"strings"
	"time"
	"unicode/utf8"
)

// scanMax bounds a code, in bytes; the largest voucher has under a thousand.
const scanMax = 2048

// scanEnds is how long a scanner that ends its codes with nothing has been silent
// when the code is taken for whole.
const scanEnds = 120 * time.Millisecond

// runScanner listens to a serial scanner. One that types needs no program: the
// pages hear it themselves.
func (s *Set) runScanner(ctx context.Context) {
	if s.o.Scanner == "" {
		return
	}
	for ctx.Err() == nil {
		l, err := dial(ctx, s.o.Scanner, scannerBaud)
		if err == nil {
			s.board.set(Scanner, Condition{Ready, "扫码枪就绪", "scanner ready"})
			s.listen(ctx, l)
			l.close()
		} else if s.board.get(Scanner).State != Absent {
			s.o.Log.Warn("the scanner cannot be opened; it is looked for every second", "error", err)
		}
		s.board.set(Scanner, Condition{Absent, "扫码枪未连接", "the scanner is unplugged"})
		if !sleep(ctx, lookAgain) {
			return
		}
	}
}

func (s *Set) listen(ctx context.Context, l *line) {
	var got []byte
	whole := time.NewTimer(time.Hour)
	defer whole.Stop()
	for {
		select {
		case b, ok := <-l.in:
			if !ok {
				return
			}
			got = s.scanned(append(got, b...))
			whole.Reset(scanEnds)
		case <-whole.C:
			s.scan(got)
			got = nil
			whole.Reset(time.Hour)
		case <-ctx.Done():
			return
		}
	}
}

// scanned takes the codes that are whole out of what has arrived.
func (s *Set) scanned(got []byte) []byte {
	for {
		end := bytes.IndexAny(got, "\r\n\x03")
		if end < 0 {
			break
		}
		s.scan(got[:end])
		got = got[end+1:]
	}
	if len(got) > scanMax {
		return nil
	}
	return got
}

func (s *Set) scan(code []byte) {
	text := strings.TrimFunc(string(code), func(c rune) bool { return c <= ' ' })
	if text != "" && len(text) <= scanMax && utf8.ValidString(text) {
		s.board.say("scan", map[string]string{"text": text})
	}
}
