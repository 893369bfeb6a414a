package watch

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the load balancers and reverse proxies before this process, which
// may say for whom they ask. Everybody else's word about that is ignored: it
// would let anybody escape the rate limit.
type Proxies struct {
	trusted   []netip.Prefix
	forwarded bool // RFC 7239 instead of X-Forwarded-For
}

// Names of the one header in which trusted proxies tell who asks. The other one
// is ignored, as a proxy passes on what it does not know.
const (
	XForwardedFor = "X-Forwarded-For"
	Forwarded     = "Forwarded" // RFC 7239
)

// hopsMax bounds how many proxies a request may have passed.
const hopsMax = 20

// NewProxies are the proxies in networks or at addresses ("10.0.0.0/8",
// "192.0.2.7"); header is XForwardedFor or Forwarded, "" is the first.
func NewProxies(networks []string, header string) (p Proxies, err error) {
	if header != "" && header != XForwardedFor && header != Forwarded {
		return p, fmt.Errorf("proxies tell who asks in %s or %s, not in %q", XForwardedFor, Forwarded, header)
	}
	p.forwarded = header == Forwarded
	for _, s := range networks {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(s); err != nil {
				return p, fmt.Errorf("%q is no network of proxies: give one as 10.0.0.0/8, or an address", s)
			}
			prefix = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		}
		p.trusted = append(p.trusted, prefix.Masked())
	}
	return p, nil
}

// Client is the address of who asks, with a port: that of the connection, or
// behind trusted proxies the last one in their list that is not itself trusted.
func (p Proxies) Client(r *http.Request) string {
	if len(p.trusted) == 0 {
		return r.RemoteAddr
	}
	near, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trusts(near.Addr()) {
		return r.RemoteAddr
	}
	client := near.Addr()
	hops := p.hops(r.Header)
	for _, hop := range slices.Backward(hops) {
		a, ok := address(hop)
		if !ok {
			break // hidden ("_x", "unknown") or wrong: nobody before it can be believed
		}
		if client = a; !p.trusts(a) {
			break
		}
	}
	return netip.AddrPortFrom(client, 0).String()
}

// Secure says whether a trusted proxy has a request from somebody who came to it
// by TLS: X-Forwarded-Proto, or proto in the last element of Forwarded.
func (p Proxies) Secure(r *http.Request) bool {
	if len(p.trusted) == 0 {
		return false
	}
	near, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trusts(near.Addr()) {
		return false
	}
	if !p.forwarded {
		return r.Header.Get("X-Forwarded-Proto") == "https"
	}
	lines := r.Header.Values(Forwarded)
	if len(lines) == 0 {
		return false
	}
	last := lines[len(lines)-1]
	return valueOf(last[strings.LastIndexByte(last, ',')+1:], "proto") == "https"
}

// hops are the addresses of the header, the farthest first, at most the last
// hopsMax.
func (p Proxies) hops(h http.Header) (hops []string) {
	name := XForwardedFor
	if p.forwarded {
		name = Forwarded
	}
	for _, line := range h.Values(name) {
		for hop := range strings.SplitSeq(line, ",") {
			if p.forwarded {
				hop = valueOf(hop, "for")
			}
			hops = append(hops, strings.TrimSpace(hop))
		}
	}
	return hops[max(0, len(hops)-hopsMax):]
}

// valueOf is a parameter of an element of a Forwarded header, such as for in
// for="[2001:db8::1]:47";proto=https.
func valueOf(element, parameter string) string {
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, parameter) {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// address reads an address with or without port and brackets.
func address(s string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

func (p Proxies) trusts(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(p.trusted, func(n netip.Prefix) bool { return n.Contains(a) })
}
