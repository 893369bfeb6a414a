package main

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestCutApart runs a hub and two stations as processes in network namespaces of
// their own, joined by virtual cables. While all three sell seats of the same
// departures, one cable is pulled, then both; joined again, everybody knows
// everything, no seat was sold twice, and the doctor finds nothing anywhere.
func TestCutApart(t *testing.T) {
	if _, err := exec.LookPath("ip"); err != nil || os.Getuid() != 0 || setns() == 0 {
		t.Skip("needs root and ip (package iproute2), to lay cables between network namespaces")
	}
	p := newProvince(t)
	p.start()
	p.sell("all joined", 6)
	p.cut("s1", true)
	p.sell("the first station cut off", 6)
	p.refund("s1")
	p.lose("s2", "20%")
	p.sell("the second on a bad line", 6)
	p.cut("s2", true)
	p.sell("everybody alone", 6)
	p.refund("s2")
	p.apart("s1")
	p.apart("s2")
	p.cut("s1", false)
	p.cut("s2", false)
	p.lose("s2", "")
	p.level()
	p.stop()
	if len(p.older) > 0 {
		p.upgrade()
	}
	for _, name := range []string{"hub", "s1", "s2"} {
		if out, err := exec.Command(p.binary, "doctor", filepath.Join(p.folder, name)).CombinedOutput(); err != nil || !strings.Contains(string(out), "nothing differs") {
			t.Errorf("doctor on %s: %v\n%s", name, err, out)
		}
	}
}

// province is a hub and two stations, each in a namespace.
type province struct {
	*testing.T
	binary, folder string
	names          map[string]string // of namespaces
	urls           map[string]string
	clients        map[string]*http.Client
	older          map[string]string // programs of nodes that are older, by CHEPIAO_OLDER="hub=/path s1=/path"
	stops          []func()
	buyers, turns  int
	routes         map[string][]string // departures of a day that each may sell

	refunded []string

	mu   sync.Mutex
	sold map[string]map[string]sale // by place: who has which seat of which departure
}

type sale struct{ order, ticket string }

var provinceStations = map[string]string{"s1": "130402HD", "s2": "130502XT"}

func newProvince(t *testing.T) *province {
	binary := os.Getenv("CHEPIAO") // a program that is built already, as for the tests of the pages
	if binary == "" {
		binary = buildProgram(t)
	}
	p := &province{T: t, binary: binary, folder: t.TempDir(), older: map[string]string{}, names: map[string]string{}, urls: map[string]string{}, clients: map[string]*http.Client{}, sold: map[string]map[string]sale{}}
	for _, one := range strings.Fields(os.Getenv("CHEPIAO_OLDER")) {
		name, path, _ := strings.Cut(one, "=")
		p.older[name] = path
	}
	for _, name := range []string{"hub", "s1", "s2"} {
		p.names[name] = fmt.Sprintf("chepiao%d-%s", os.Getpid(), name)
		p.sold[name] = map[string]sale{}
		p.ip("netns", "add", p.names[name])
		t.Cleanup(func() { exec.Command("ip", "netns", "del", p.names[name]).Run() }) //nolint:errcheck // it is thrown away
		p.ip("-n", p.names[name], "link", "set", "lo", "up")
		p.clients[name] = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (c net.Conn, err error) {
			err = p.in(name, func() error { c, err = (&net.Dialer{}).DialContext(ctx, network, address); return err })
			return c, err
		}}}
	}
	for i, name := range []string{"s1", "s2"} {
		at := fmt.Sprintf("10.77.%d.", i+1)
		p.ip("link", "add", "up"+name, "netns", p.names["hub"], "type", "veth", "peer", "name", "hub", "netns", p.names[name])
		p.ip("-n", p.names["hub"], "addr", "add", at+"1/24", "dev", "up"+name)
		p.ip("-n", p.names[name], "addr", "add", at+"2/24", "dev", "hub")
		p.ip("-n", p.names["hub"], "link", "set", "up"+name, "up")
		p.ip("-n", p.names[name], "link", "set", "hub", "up")
	}
	return p
}

func (p *province) ip(args ...string) {
	p.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		p.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// setns is the number of the system call that enters a namespace; 0: not known.
func setns() uintptr { return map[string]uintptr{"amd64": 308, "arm64": 268}[runtime.GOARCH] }

// in does a thing in a namespace: sockets stay in the one in which they were made.
func (p *province) in(name string, do func() error) error {
	there, err := os.Open("/var/run/netns/" + p.names[name])
	if err != nil {
		return err
	}
	defer there.Close()
	runtime.LockOSThread()
	here, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer here.Close()
	if _, _, no := syscall.RawSyscall(setns(), there.Fd(), syscall.CLONE_NEWNET, 0); no != 0 {
		return no
	}
	err = do()
	if _, _, no := syscall.RawSyscall(setns(), here.Fd(), syscall.CLONE_NEWNET, 0); no != 0 {
		return no // the thread stays locked, and ends with its goroutine
	}
	runtime.UnlockOSThread()
	return err
}

// of is a node's program.
func (p *province) of(name string) string { return cmp.Or(p.older[name], p.binary) }

// upgrade starts every node with today's program, sells once more and waits until all
// know everything.
func (p *province) upgrade() {
	p.older, p.stops = nil, nil
	for _, name := range []string{"hub", "s1", "s2"} {
		p.run(name, map[bool]string{true: "hub", false: "station"}[name == "hub"], filepath.Join(p.folder, name))
	}
	p.sell("everybody upgraded", 6)
	p.level()
	p.stop()
}

// start begins the hub, a TLS proxy before it, and both stations.
func (p *province) start() {
	hub := filepath.Join(p.folder, "hub")
	demoHub(p.T, cmp.Or(p.older["hub"], p.older["s1"], p.binary), hub) // a province that was begun with the older program
	codes := map[string]string{}
	for name, code := range provinceStations {
		out, err := exec.Command(p.of("hub"), "station", "invite", code, "--data", hub).CombinedOutput()
		if codes[name] = regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindString(string(out)); err != nil || codes[name] == "" {
			p.Fatalf("inviting %s: %v\n%s", code, err, out)
		}
	}
	p.run("hub", "hub", hub)
	ca := p.tls()
	for i, name := range []string{"s1", "s2"} {
		p.run(name, "station", filepath.Join(p.folder, name), "--hub", fmt.Sprintf("https://10.77.%d.1:8443", i+1), "--ca", ca, "--code", codes[name], "--name", strings.ToUpper(name))
	}
	p.routes = map[string][]string{}
	for name, from := range provinceStations {
		to := map[string]string{"130402HD": "130502XT", "130502XT": "130402HD"}[from]
		p.until("seats come to "+name, func() bool {
			today, now := p.near(name, from, to, 0)
			tomorrow, then := p.near(name, from, to, 1)
			p.routes[from+" "+to] = append(today, tomorrow...)
			return now+then >= seatsEach
		})
	}
}

// seatsEach a station must have to sell when the test begins: more than it sells, on
// as many departures as it takes, which depends on the hour.
const seatsEach = 30

// near are departures of today or tomorrow of which a station holds seats by now, and how
// many seats: they leave within a day, as that is when its share grows, and not before
// the test is over.
func (p *province) near(name, from, to string, plus int) (ids []string, seats int) {
	var found struct {
		Departures []struct {
			ID      string
			Free    int
			Departs time.Time
		}
	}
	day := time.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, plus).Format(time.DateOnly)
	p.ask(name, "GET", "/departures?channel=window&limit=100&from="+from+"&to="+to+"&day="+day, nil, &found)
	for _, d := range found.Departures {
		if left := time.Until(d.Departs); d.Free > 2 && left > 4*time.Hour && left < 22*time.Hour {
			ids = append(ids, d.ID)
			seats += d.Free
		}
	}
	return ids, seats
}

func (p *province) run(name, what, folder string, args ...string) {
	args = append([]string{"netns", "exec", p.names[name], p.of(name), what, folder, "--open", "--listen", "127.0.0.1:8080", "--print-json", "--log-level", "ERROR"}, args...)
	at, stop := startPlain(p.T, "ip", args...)
	p.urls[name] = at
	p.stops = append([]func(){stop}, p.stops...)
	p.until(name+" is ready", func() bool {
		answer, err := p.clients[name].Get(at + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// tls stands before the hub on its side of both cables, as a proxy of the province
// would; it returns the file of its authority.
func (p *province) tls() (ca string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(10, 77, 1, 1), net.IPv4(10, 77, 2, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		p.Fatal(err)
	}
	ca = filepath.Join(p.folder, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		p.Fatal(err)
	}
	to, err := url.Parse(p.urls["hub"])
	if err != nil {
		p.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = p.clients["hub"].Transport
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	server := httptest.NewUnstartedServer(proxy)
	server.Listener.Close()
	if err := p.in("hub", func() (err error) { server.Listener, err = net.Listen("tcp", ":8443"); return err }); err != nil {
		p.Fatal(err)
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = nil
	server.StartTLS()
	p.Cleanup(server.CloseClientConnections)
	return ca
}
