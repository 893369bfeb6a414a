package device

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"chepiao"
)

// Run works the parts until ctx ends.
func (s *Set) Run(ctx context.Context) {
	context.AfterFunc(ctx, s.board.end)
	var all sync.WaitGroup
	all.Go(func() { s.runReader(ctx) })
	all.Go(func() { s.runScanner(ctx) })
	all.Go(func() { s.runPrinter(ctx) })
	all.Wait()
}

// beatEvery is how often a stream with nothing to say says so, that neither side
// takes it for dead.
const beatEvery = 15 * time.Second

// Handler is what pages ask, below /device/{post}/. It asks for no token: whoever
// mounts it decides who may come this far (Agent does).
func Handler(sets map[Post]*Set) http.Handler {
	mux := http.NewServeMux()
	on := func(pattern string, do func(*Set, http.ResponseWriter, *http.Request)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s := sets[Post(r.PathValue("post"))]
			if s == nil {
				refuse(w, http.StatusNotFound, chepiao.Refuse(chepiao.NotFound, "没有这个岗位的设备", "there are no devices of that post"))
				return
			}
			w.Header().Set("Cache-Control", "no-store")
			do(s, w, r)
		})
	}
	on("GET /device/{post}/status", (*Set).status)
	on("GET /device/{post}/events", (*Set).events)
	on("POST /device/{post}/print", (*Set).print)
	on("POST /device/{post}/drawer", (*Set).drawer)
	on("GET /device/{post}/jobs/{job}", (*Set).about)
	on("POST /device/{post}/jobs/{job}", (*Set).job)
	return http.NewCrossOriginProtection().Handler(mux)
}

// status answers with the state of each part, and the slips that are not done.
func (s *Set) status(w http.ResponseWriter, _ *http.Request) {
	all := map[string]any{"jobs": s.queue.list()}
	for p, c := range s.board.all() {
		all[string(p)] = c
	}
	answer(w, http.StatusOK, all)
}

// events answers with a stream of Server-Sent Events: the states first, then what
// happens. A page that comes again says with Last-Event-ID (or after=) what it has
// seen, and gets what it missed of the last seconds.
func (s *Set) events(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // 0 when there is none
	if seen, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		after = seen
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	out.SetWriteDeadline(time.Time{}) //nolint:errcheck // a server without deadlines needs none
	events, leave := s.board.watch(after)
	defer leave()
	fmt.Fprint(w, "retry: 1000\n\n")
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		if out.Flush() != nil {
			return
		}
		select {
		case e, ok := <-events:
			if !ok {
				return
			}
			fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", e.id, e.name, e.data)
		case <-beat.C:
			fmt.Fprint(w, ": still here\n\n")
		case <-r.Context().Done():
			return
		}
	}
}

// print takes a slip in ESC/POS. With the header Job it is done once, however often
// it is sent.
func (s *Set) print(w http.ResponseWriter, r *http.Request) {
	if s.o.Printer == "" {
		refuse(w, http.StatusConflict, chepiao.Refuse(chepiao.NotFound, "本机没有打印机", "this machine has no printer"))
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, jobBytesMax))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, chepiao.Refuse(chepiao.Invalid, "小票内容过长", "the slip is too long").At("body"))
		return
	}
	s.add(w, r, data, false)
}

// drawer opens the drawer.
func (s *Set) drawer(w http.ResponseWriter, r *http.Request) {
	if !s.o.Drawer || s.o.Printer == "" {
		refuse(w, http.StatusConflict, chepiao.Refuse(chepiao.NotFound, "本机没有钱箱", "this machine has no drawer"))
		return
	}
	s.add(w, r, nil, true)
}

func (s *Set) add(w http.ResponseWriter, r *http.Request, data []byte, kick bool) {
	j, err := s.queue.add(r.Header.Get("Job"), data, kick)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, chepiao.AsRefusal(err))
		return
	}
	answer(w, http.StatusAccepted, map[string]string{"job": j.ID, "state": string(j.State)})
}

// about answers with one slip, also when it is over.
func (s *Set) about(w http.ResponseWriter, r *http.Request) {
	j, ok := s.queue.about(r.PathValue("job"))
	if !ok {
		refuse(w, http.StatusNotFound, chepiao.Refuse(chepiao.NotFound, "没有这个打印任务", "there is no such job"))
		return
	}
	answer(w, http.StatusOK, j)
}

// job takes a person's word about a slip: {"do": "again" | "done" | "drop"}.
func (s *Set) job(w http.ResponseWriter, r *http.Request) {
	var in struct{ Do string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, chepiao.Refuse(chepiao.Invalid, "请求有误", "the request is no JSON").At("body"))
		return
	}
	j, err := s.queue.answer(r.PathValue("job"), in.Do)
	if err != nil {
		refuse(w, http.StatusConflict, chepiao.AsRefusal(err))
		return
	}
	answer(w, http.StatusOK, j)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the page has gone
}

func refuse(w http.ResponseWriter, status int, r *chepiao.Refusal) {
	answer(w, status, map[string]string{"reason": string(r.Reason), "zh": r.ZH, "en": r.EN})
}
