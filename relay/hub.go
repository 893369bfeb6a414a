package relay

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
	"chepiao/voucher"
)

// HubConfig is what a hub's end of the relay works with.
type HubConfig struct {
	Office  *office.Office
	Store   *store.Store
	Key     ed25519.PrivateKey // signs answers
	Secret  []byte             // the province's, 32 bytes
	Profile chepiao.CryptoProfile
	Rand    io.Reader
	Log     *slog.Logger
	Version string
}

// Hub invites stations, answers them and knows how they are. It is safe for many
// callers at once.
type Hub struct {
	HubConfig
	began time.Time
	end   <-chan struct{}

	mu     sync.Mutex
	nonces map[string]time.Time // of requests, until they are too old anyway
}

// NewHub begins a hub's end of the relay, and tells its office of the stations. When
// ctx ends nobody waits for something new any more.
func NewHub(ctx context.Context, c HubConfig) (*Hub, error) {
	h := &Hub{HubConfig: c, began: c.Store.Now(), end: ctx.Done(), nonces: map[string]time.Time{}}
	return h, h.Learn(ctx)
}

// Learn tells the office which stations have a node of their own, and which keys
// their vouchers are signed with. It is done again every few seconds, as another
// process may have enrolled one.
func (h *Hub) Learn(ctx context.Context) error {
	nodes, err := h.nodes(ctx)
	if err != nil {
		return err
	}
	if len(nodes) == 0 {
		return nil
	}
	if _, err := h.Office.ReadKept(ctx); err != nil { // this program may be newer than the one before
		return err
	}
	h.Office.SetStations(stationsOf(nodes))
	ring, err := h.Office.Ring().Trust(keysOf(nodes)...)
	if err != nil {
		return err
	}
	h.Office.UseRing(ring)
	return nil
}

func stationsOf(nodes []store.NodeRow) map[chepiao.StationNo]chepiao.NodeNo {
	stations := map[chepiao.StationNo]chepiao.NodeNo{}
	for _, n := range nodes {
		if n.State == store.NodeEnrolled {
			stations[n.Station] = n.No
		}
	}
	return stations
}

// keysOf are the voucher keys of the stations. Those of a revoked node are revoked
// with it: what they signed passes only where it is listed.
func keysOf(nodes []store.NodeRow) (keys []voucher.PublicKey) {
	for _, n := range nodes {
		var own []voucher.PublicKey
		if len(n.Keys) == 0 || json.Unmarshal(n.Keys, &own) != nil {
			continue
		}
		for _, k := range own {
			if n.State == store.NodeRevoked && k.Revoked.IsZero() {
				k.Revoked = n.Until
			}
			keys = append(keys, k)
		}
	}
	return keys
}

func (h *Hub) nodes(ctx context.Context) (nodes []store.NodeRow, err error) {
	err = h.Store.Read(ctx, func(r *store.Reader) error {
		nodes, err = r.Nodes()
		return err
	})
	return nodes, err
}

func (h *Hub) node(ctx context.Context, no chepiao.NodeNo) (n store.NodeRow, err error) {
	nodes, err := h.nodes(ctx)
	for _, n := range nodes {
		if n.No == no {
			return n, nil
		}
	}
	if err == nil {
		err = noSuchNode
	}
	return n, err
}

// Refusals of enrolling and of what comes after it.
var (
	noSuchNode = chepiao.Refuse(chepiao.NotFound, "没有这个站级节点", "there is no such station node").At("node")
	badCode    = chepiao.Refuse(chepiao.NotFound, "入网码不正确，或已经用过，或已过期，请在省级平台重新生成", "the code is wrong, was used before, or is too old: get a new one at the hub").At("code")
	nameTaken  = chepiao.Refuse(chepiao.Invalid, "节点简称已被使用，或不是最多 8 个大写字母和数字", "the short name is taken, or is not at most 8 capital letters and digits").At("name")
	notHub     = chepiao.Refuse(chepiao.WrongState, "只有省级平台可以邀请站级节点", "only a hub can invite station nodes")
	hasNode    = chepiao.Refuse(chepiao.WrongState, "该车站已有站级节点，请先停用", "this station has a node already: revoke it first").At("station")
)

// inviteLife is how long a code is good.
const inviteLife = 24 * time.Hour

// Invite makes the code by which a station's node enrols, good once and for a day.
// An earlier code of that station that was not used is worth nothing any more.
// Refusals: NotFound for the station, WrongState when it has a node.
func (h *Hub) Invite(ctx context.Context, v office.Verb, station string) (code string, err error) {
	at, err := h.Office.Timetable().StationByCode(strings.TrimSpace(station), "station")
	if err != nil {
		return "", err
	}
	if h.Office.No() != chepiao.Hub {
		return "", notHub
	}
	if code, err = secretCode(h.Rand); err != nil {
		return "", err
	}
	err = h.Store.Write(ctx, func(tx *store.Tx) error {
		nodes, err := tx.StaffReader().Nodes()
		if err != nil {
			return err
		}
		n := store.NodeRow{No: chepiao.Hub + 1, State: store.NodeInvited, Station: at.No}
		for _, other := range nodes {
			n.No = max(n.No, other.No+1)
			if other.Station == at.No && other.State == store.NodeEnrolled {
				return hasNode
			}
			if other.Station == at.No && other.State == store.NodeInvited {
				n = other
				break
			}
		}
		if n.No > chepiao.NodeMax {
			return errors.New("all numbers of nodes are used")
		}
		n.Code, n.Until = hashCode(code), tx.Now.Add(inviteLife)
		n.Version++
		tx.PutNode(n)
		return h.record(tx, chepiao.StationWasInvited, v, n)
	})
	return code, err
}

func (h *Hub) record(tx *store.Tx, kind chepiao.EventKind, v office.Verb, n store.NodeRow) error {
	tx.Who = v.Who
	return tx.Record(fmt.Sprintf("node %d", n.No), n.Version, chepiao.Event{Kind: kind, By: v.By, Detail: map[string]any{"node": n.No, "name": n.Name, "station": n.Station}})
}

// Revoke takes nothing from a station's node any more, and gives it nothing. Seats
// that it holds stay idle. Refusals: NotFound, WrongState.
func (h *Hub) Revoke(ctx context.Context, v office.Verb, no chepiao.NodeNo) error {
	err := h.Store.Write(ctx, func(tx *store.Tx) error {
		nodes, err := tx.StaffReader().Nodes()
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if n.No != no {
				continue
			}
			if n.State == store.NodeRevoked {
				return chepiao.Refuse(chepiao.WrongState, "该节点已经停用", "this node is revoked already").At("node")
			}
			n.State, n.Code, n.Until = store.NodeRevoked, nil, tx.Now.Truncate(time.Second)
			n.Version++
			tx.PutNode(n)
			return h.record(tx, chepiao.StationWasRevoked, v, n)
		}
		return noSuchNode
	})
	if err != nil {
		return err
	}
	return h.Learn(ctx)
}

// enrol makes a station of whoever has a code.
func (h *Hub) enrol(ctx context.Context, in enrolling) (out Enrolled, err error) {
	if len(in.Key) != ed25519.PublicKeySize {
		return out, badCode
	}
	hash := hashCode(in.Code)
	err = h.Store.Write(ctx, func(tx *store.Tx) error {
		nodes, err := tx.StaffReader().Nodes()
		if err != nil {
			return err
		}
		var n store.NodeRow
		for _, other := range nodes {
			if other.State == store.NodeInvited && string(other.Code) == string(hash) && tx.Now.Before(other.Until) {
				n = other
			}
		}
		if n.No == 0 {
			return badCode
		}
		if n.Name = in.Name; n.Name == "" {
			n.Name = fmt.Sprintf("ST%d", n.No)
		}
		if !goodName(n.Name) || n.Name == h.Store.Node() {
			return nameTaken
		}
		for _, other := range nodes {
			if other.Name == n.Name {
				return nameTaken
			}
		}
		n.State, n.Code, n.Public, n.Seen = store.NodeEnrolled, nil, in.Key, tx.Now
		n.Version++
		tx.PutNode(n)
		out = Enrolled{No: n.No, Name: n.Name, Station: n.Station, Profile: h.Profile, Hub: h.Store.Node(), Key: h.Key.Public().(ed25519.PublicKey), Secret: h.Secret}
		return h.record(tx, chepiao.StationWasEnrolled, office.Verb{By: n.Name}, n)
	})
	if err != nil {
		return Enrolled{}, err
	}
	return out, h.Learn(ctx)
}

func goodName(name string) bool {
	if name == "" || len(name) > 8 {
		return false
	}
	for _, c := range name {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// secretCode is 80 bits in four groups of letters and digits.
func secretCode(random io.Reader) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("making a code: %w", err)
	}
	text := base32.StdEncoding.EncodeToString(b[:])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:], nil
}

// hashCode is what is kept of a code, however it was typed.
func hashCode(code string) []byte {
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	sum := sha256.Sum256([]byte("chepiao station code " + code))
	return sum[:]
}
