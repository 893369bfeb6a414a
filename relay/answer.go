package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// windowMax is how far the time of a request may be from the hub's clock: a station
// signs with its own clock, put right by the hub's.
const windowMax = 2 * time.Minute

// pollMax is how long a feed waits for something new. It stays well below the 15
// seconds after which a hub ends any request.
const pollMax = 10 * time.Second

// Doors is the hub's side of the wire.
func (h *Hub) Doors() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathEnrol, h.answerEnrol)
	mux.HandleFunc("GET "+pathTime, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(clockSays{h.Store.Now().UnixMicro()}) //nolint:errcheck // the reader has gone
	})
	mux.HandleFunc("POST "+pathHello, h.station(h.answerHello))
	mux.HandleFunc("GET "+pathSnapshot, h.station(h.answerSnapshot))
	mux.HandleFunc("GET "+pathFeed, h.station(h.answerFeed))
	mux.HandleFunc("POST "+pathFeed, h.station(h.takeFeed))
	return mux
}

// asked is a request that a station has signed.
type asked struct {
	*http.Request
	node store.NodeRow
	raw  []byte
}

func (a *asked) read(into any) error { return decode(a.raw, a.Header.Get("Content-Encoding"), into) }

// Refusals of requests.
var (
	notSigned  = chepiao.Refuse(chepiao.Unauthorized, "请求的签名无效", "the request's signature is not valid")
	tooOld     = chepiao.Refuse(chepiao.Unauthorized, "请求的时间与省级平台相差过大，或该请求已经用过", "the request's time is too far from the hub's, or it was used before")
	wasRevoked = chepiao.Refuse(chepiao.Unauthorized, "省级平台已停用本站级节点", "the hub has revoked this station node")
)

// station lets a door answer those requests only that an enrolled station has signed,
// each once, and signs the answer.
func (h *Hub) station(door func(context.Context, *asked) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, packedMax))
		if err != nil {
			return // cut off in the middle: whoever sent it sends it again
		}
		var answer any
		a, err := h.check(r, raw)
		if err == nil {
			answer, err = door(r.Context(), a)
		}
		h.send(w, r, answer, err)
	}
}

func (h *Hub) check(r *http.Request, raw []byte) (*asked, error) {
	no, err := strconv.Atoi(r.Header.Get(headNode))
	if err != nil {
		return nil, notSigned
	}
	n, err := h.node(r.Context(), chepiao.NodeNo(no))
	if chepiao.AsRefusal(err) != nil {
		return nil, notSigned
	}
	if err != nil {
		return nil, err
	}
	nonce := r.Header.Get(headNonce)
	text := requestText(r.Method, r.URL.RequestURI(), r.Header.Get(headNode), r.Header.Get(headTime), nonce, raw)
	if !signed(n.Public, text, r.Header.Get(headSignature)) {
		return nil, notSigned
	}
	if n.State != store.NodeEnrolled {
		if err := h.refused(r, n, raw); err != nil {
			return nil, err
		}
		return nil, wasRevoked
	}
	at, ok := microsOf(r.Header)
	if !ok || !h.fresh(at, r.Header.Get(headNode)+" "+nonce) {
		return nil, tooOld
	}
	return &asked{r, n, raw}, nil
}

// refused lists what a revoked node brings; it is signed, so it is that node's key at
// least.
func (h *Hub) refused(r *http.Request, n store.NodeRow, raw []byte) error {
	var in feeding
	a := asked{r, n, raw}
	if r.Method != http.MethodPost || r.URL.Path != pathFeed || n.State != store.NodeRevoked || a.read(&in) != nil {
		return nil
	}
	return h.Office.Refused(r.Context(), n.No, in.Parcels)
}

// fresh says whether a request is of now and was not used before. Those signed
// before this process began may have been used with the one before it.
func (h *Hub) fresh(at time.Time, nonce string) bool {
	now := h.Store.Now()
	if at.Before(h.began.Add(-time.Second)) || now.Sub(at).Abs() > windowMax {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.nonces) > noncesMax {
		for old, used := range h.nonces {
			if now.Sub(used) > 2*windowMax {
				delete(h.nonces, old)
			}
		}
	}
	if _, used := h.nonces[nonce]; used {
		return false
	}
	h.nonces[nonce] = now
	return true
}

const noncesMax = 10_000

// send writes an answer and signs it.
func (h *Hub) send(w http.ResponseWriter, r *http.Request, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		refused := chepiao.AsRefusal(err)
		switch {
		case r.Context().Err() != nil:
			return
		case refused == nil:
			h.Log.Error("answering a station", "path", r.URL.Path, "error", err)
			status, refused = http.StatusInternalServerError, chepiao.Refuse(chepiao.Busy, "省级平台出现故障", "the hub has a fault")
		case refused.Reason == chepiao.Unauthorized:
			status = http.StatusForbidden
		default:
			status = http.StatusConflict
		}
		answer = trouble{string(refused.Reason), refused.ZH, refused.EN}
	}
	body, err := pack(answer)
	if err != nil {
		h.Log.Error("answering a station", "path", r.URL.Path, "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set(headSignature, sign(h.Key, answerText(r.Header.Get(headNonce), status, body)))
	w.WriteHeader(status)
	io.Copy(w, bytes.NewReader(body)) //nolint:errcheck // the reader has gone
}

func (h *Hub) answerEnrol(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	var in enrolling
	if err == nil {
		err = decode(raw, r.Header.Get("Content-Encoding"), &in)
	}
	text := requestText(r.Method, r.URL.RequestURI(), r.Header.Get(headNode), r.Header.Get(headTime), r.Header.Get(headNonce), raw)
	if err != nil || !signed(in.Key, text, r.Header.Get(headSignature)) {
		h.send(w, r, nil, notSigned)
		return
	}
	out, err := h.enrol(r.Context(), in)
	h.send(w, r, out, err)
}

// answerHello keeps what a station says of itself and tells it how things stand here.
func (h *Hub) answerHello(ctx context.Context, a *asked) (any, error) {
	var g Greeting
	if err := a.read(&g); err != nil {
		return nil, notSigned
	}
	for _, k := range g.Keys { // a station signs for itself only
		if k.Issuer != a.node.Name {
			return nil, notSigned
		}
	}
	if err := h.keep(ctx, a.node.No, g); err != nil {
		return nil, err
	}
	_, version, err := h.Office.Snapshot(ctx, a.node.Station)
	if err != nil {
		return nil, err
	}
	nodes, err := h.nodes(ctx)
	if err != nil {
		return nil, err
	}
	out := Welcome{Version: h.Version, Speaks: h.Office.Speaks(), Snapshot: version, Nodes: stationsOf(nodes), Keys: append(h.Office.Ring().Public(), keysOf(nodes)...)}
	if out.Heads, err = h.Office.FeedHeads(ctx, a.node.No); err != nil {
		return nil, err
	}
	if err := h.lost(ctx, a.node.No, g); err != nil {
		return nil, err
	}
	out.Received, out.Links, err = h.Office.Marks(ctx, a.node.No)
	return out, err
}

// keep stores a greeting: the keys at once, how the station is every few seconds.
func (h *Hub) keep(ctx context.Context, no chepiao.NodeNo, g Greeting) error {
	said, err := json.Marshal(g)
	if err != nil {
		return err
	}
	keys, err := json.Marshal(g.Keys)
	if err != nil {
		return err
	}
	fresh := false
	err = h.Store.Write(ctx, func(tx *store.Tx) error {
		nodes, err := tx.StaffReader().Nodes()
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if n.No == no && n.State == store.NodeEnrolled {
				fresh = !bytes.Equal(n.Keys, keys)
				n.Keys, n.Said, n.Seen = keys, said, tx.Now
				n.Version++
				tx.PutNode(n)
			}
		}
		return nil
	})
	if err == nil && fresh {
		err = h.Learn(ctx)
	}
	return err
}

func (h *Hub) answerSnapshot(ctx context.Context, a *asked) (any, error) {
	s, version, err := h.Office.Snapshot(ctx, a.node.Station)
	if err != nil || a.URL.Query().Get("have") == version {
		return pictured{Version: version}, err
	}
	return pictured{version, &s}, nil
}

// answerFeed sends what was recorded for a station after its cursor; where there is
// nothing it waits for it.
func (h *Hub) answerFeed(ctx context.Context, a *asked) (any, error) {
	after, err := readCursor(a.URL.Query().Get("after"))
	if err != nil {
		return nil, chepiao.Refuse(chepiao.Invalid, "游标格式错误", "the cursor is malformed").At("after")
	}
	heads, err := h.Office.FeedHeads(ctx, a.node.No)
	if err != nil {
		return nil, err
	}
	if len(ahead(heads, after)) > 0 { // what comes next would bear numbers that it has heard
		return nil, hubLost
	}
	wait := pollMax
	if seconds, err := strconv.Atoi(a.URL.Query().Get("wait")); err == nil {
		wait = min(time.Duration(max(seconds, 0))*time.Second, pollMax)
	}
	ctx, cancel := context.WithTimeout(ctx, wait+pollMax)
	defer cancel()
	late := time.NewTimer(wait)
	defer late.Stop()
	for {
		fed := h.Office.Fed()
		parcels, more, err := h.Office.Feed(ctx, a.node.No, after, parcelsMax)
		if err != nil || len(parcels) > 0 {
			return feeding{parcels, more}, err
		}
		select {
		case <-late.C:
			return feeding{}, nil
		case <-h.end: // the hub goes down
			return feeding{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		default:
		}
		h.Office.WaitFeed(ctx, fed)
	}
}

// takeFeed takes in what a station has recorded.
func (h *Hub) takeFeed(ctx context.Context, a *asked) (any, error) {
	var in feeding
	if err := a.read(&in); err != nil || len(in.Parcels) > parcelsMax {
		return nil, chepiao.Refuse(chepiao.Invalid, "数据格式错误", "the parcels are malformed").At("parcels")
	}
	var out taken
	_, err := h.Office.Receive(ctx, a.node.No, in.Parcels)
	switch {
	case errors.Is(err, office.ErrGap):
		out.Stop = stopGap
	case errors.Is(err, office.ErrBroken):
		h.Log.Error("a station's journal does not follow from what was received of it", "node", a.node.No, "error", err)
		out.Stop = stopBroken
	case err != nil:
		return nil, errors.Join(err, stuck(ctx, h.Office, a.node.No, err))
	}
	out.Received, err = h.Office.Received(ctx, a.node.No)
	return out, err
}
