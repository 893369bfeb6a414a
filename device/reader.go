package device

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"chepiao"
)

// How a reader is asked.
const (
	pollEvery  = 250 * time.Millisecond // for a card, while there is none
	stillEvery = 400 * time.Millisecond // whether the card still lies there
	answerMax  = 1500 * time.Millisecond
	readMax    = 4 * time.Second // text and photo: more than a kilobyte, at the slowest speed
	lookAgain  = time.Second     // for a part that is unplugged
	triesMost  = 3               // for one question, when the answer is broken
	trembles   = 1               // looks in vain of a card that was only moved; after more it is put on again
)

var errSilent = errors.New("the reader does not answer")

var readerReady = Condition{Ready, "读卡器就绪", "card reader ready"}

// runReader reads cards for as long as ctx lasts.
func (s *Set) runReader(ctx context.Context) {
	if s.o.Reader == "" {
		return
	}
	for ctx.Err() == nil {
		l, err := dial(ctx, s.o.Reader, readerBaud)
		if err == nil {
			r := &reader{set: s, line: l}
			r.work(ctx)
			l.close()
			r.take()
		} else if s.board.get(Reader).State != Absent {
			s.o.Log.Warn("the card reader cannot be opened; it is looked for every second", "error", err)
		}
		s.board.set(Reader, Condition{Absent, "读卡器未连接", "the card reader is unplugged"})
		if !sleep(ctx, lookAgain) {
			return
		}
	}
}

// reader is one connection to a reader.
type reader struct {
	set    *Set
	line   *line
	frames Frames
	lies   bool   // a card that was read lies there
	number string // of the card read last, until it is truly gone
	empty  int    // looks in vain since that was taken away
}

// work asks for cards until the line breaks.
func (r *reader) work(ctx context.Context) {
	silent := 0
	for {
		wait := pollEvery
		var err error
		if r.lies {
			wait, err = stillEvery, r.still(ctx)
		} else {
			err = r.look(ctx)
		}
		switch {
		case errors.Is(err, errSilent):
			if silent++; silent >= triesMost {
				r.set.board.set(Reader, Condition{Fault, "读卡器无应答，请检查连线和电源", "the card reader does not answer: look at its cable and power"})
				wait = lookAgain
			}
		case err != nil:
			return // unplugged, or the program ends
		default:
			silent = 0
		}
		if !sleep(ctx, wait) {
			return
		}
	}
}

// look asks for a card, and reads it.
func (r *reader) look(ctx context.Context) error {
	found, err := r.ask(ctx, cmdFind, answerMax)
	if err != nil {
		return err
	}
	switch found.sw {
	case swFound:
	case swDead:
		r.set.board.set(Reader, Condition{Fault, "读卡器自检失败", "the card reader's self-test failed"})
		return nil
	case swBanned:
		r.set.board.set(Reader, Condition{Fault, "读卡器未经授权", "the card reader is not authorised"})
		return nil
	default: // no card
		r.set.board.set(Reader, readerReady)
		if r.empty++; r.empty > trembles {
			r.number = ""
		}
		return nil
	}
	if selected, err := r.ask(ctx, cmdSelect, answerMax); err != nil || selected.sw != swOK {
		return r.again(err)
	}
	got, err := r.ask(ctx, cmdRead, readMax)
	if err != nil || got.sw != swOK {
		return r.again(err)
	}
	card, err := r.parse(ctx, got.data)
	clear(got.data)
	r.frames.Reset()
	if err != nil {
		return r.again(nil)
	}
	r.lies = true
	r.set.board.set(Reader, Condition{Busy, "已读卡，请取走证件", "card read: it may be taken away"})
	if card.Number == r.number { // it trembled, or was moved
		return nil
	}
	r.number = card.Number
	r.set.board.say("card", card)
	return nil
}

// again says that the card must be put on once more.
func (r *reader) again(err error) error {
	if err == nil {
		r.set.board.set(Reader, Condition{Fault, "没有读出证件，请重新放卡", "the card could not be read: put it on again"})
	}
	return err
}

// still asks whether the card lies there. A reader does not find a card twice that
// it has read, so the question is another one: what was added to the card. Only a
// card that is there can say that nothing was.
func (r *reader) still(ctx context.Context) error {
	for range 2 { // one wrong answer may be the card that was moved
		a, err := r.ask(ctx, cmdMore, answerMax)
		if err != nil || a.sw == swOK || a.sw == swNoMore {
			return err
		}
	}
	r.take()
	return nil
}

// take is when the card is taken away.
func (r *reader) take() {
	if !r.lies {
		return
	}
	r.lies, r.empty = false, 0
	r.set.board.say("card-gone", struct{}{})
	r.set.board.set(Reader, readerReady)
}

// ask sends a command and waits for its answer. A broken answer is asked for again.
func (r *reader) ask(ctx context.Context, cmd [2]byte, most time.Duration) (reply, error) {
	for range triesMost {
		if err := r.line.drain(); err != nil {
			return reply{}, err
		}
		r.frames.Reset()
		if err := r.line.write(ctx, Ask(cmd[0], cmd[1]), answerMax); err != nil {
			return reply{}, err
		}
		bad := r.frames.Bad
		body, err := r.hear(ctx, most)
		if err == nil {
			return parseReply(body)
		}
		if !errors.Is(err, errSilent) || r.frames.Bad == bad {
			return reply{}, err
		}
	}
	return reply{}, errSilent
}

// hear waits for one frame.
func (r *reader) hear(ctx context.Context, most time.Duration) ([]byte, error) {
	late := time.NewTimer(most)
	defer late.Stop()
	for {
		if body := r.frames.Next(frameBodyMin); body != nil {
			return body, nil
		}
		select {
		case b, ok := <-r.line.in:
			if !ok {
				return nil, errGone
			}
			r.frames.Push(b)
		case <-late.C:
			return nil, errSilent
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// parse reads the answer to "read": the lengths of text and photo, then both.
func (r *reader) parse(ctx context.Context, data []byte) (Card, error) {
	if len(data) < 4 {
		return Card{}, errCard
	}
	text, photo := int(data[0])<<8|int(data[1]), int(data[2])<<8|int(data[3])
	if text != textBytes || 4+text+photo > len(data) {
		return Card{}, errCard
	}
	card, err := ParseCard(data[4:4+text], chepiao.DayOf(r.set.o.Now()))
	if err == nil && len(r.set.o.Photo) > 0 && photo == photoBytes {
		card.Photo = r.set.decode(ctx, data[4+text:4+text+photo])
	}
	return card, err
}

// Bounds of the decoder of photos, which is a maker's program.
const (
	decodeMax  = 3 * time.Second
	pictureMax = 64 << 10
)

// decode has the maker's program turn a photo into a picture. A card without one is
// a card all the same.
func (s *Set) decode(ctx context.Context, wlt []byte) string {
	ctx, cancel := context.WithTimeout(ctx, decodeMax)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.o.Photo[0], s.o.Photo[1:]...)
	cmd.Stdin = bytes.NewReader(wlt)
	picture, err := cmd.Output()
	kind := http.DetectContentType(picture)
	if err != nil || len(picture) > pictureMax || !strings.HasPrefix(kind, "image/") {
		s.o.Log.Warn("the decoder of photos made no picture", "error", err, "bytes", len(picture))
		return ""
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(picture)
}
