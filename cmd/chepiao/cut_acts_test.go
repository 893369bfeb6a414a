package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"chepiao/demo"
)

// ask sends a request within a namespace: the status, 0 for none.
func (p *province) ask(name, method, path string, in, out any) int {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			p.Error(err)
			return 0
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequest(method, p.urls[name]+"/api/v1"+path, body)
	if err != nil {
		p.Error(err)
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := p.clients[name].Do(r)
	if err != nil {
		p.Errorf("%s %s at %s: %v", method, path, name, err)
		return 0
	}
	defer answer.Body.Close()
	if b, err := io.ReadAll(answer.Body); err == nil && out != nil && answer.StatusCode < 300 {
		if err := json.Unmarshal(b, out); err != nil {
			p.Error(err)
		}
	} else if answer.StatusCode >= 400 && answer.StatusCode != http.StatusConflict && answer.StatusCode != http.StatusNotFound {
		p.Errorf("%s %s at %s answers %d: %s", method, path, name, answer.StatusCode, b)
	}
	return answer.StatusCode
}

// sell has everybody sell at the same time, of the same departures.
func (p *province) sell(when string, each int) {
	var all sync.WaitGroup
	counts := map[string]int{}
	for name := range p.names {
		first := p.buyers
		p.buyers += each
		turn := p.turns * each
		all.Go(func() {
			for i := range each {
				if p.sellOne(name, first+i, turn+i) {
					p.mu.Lock()
					counts[name]++
					p.mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	p.turns++
	p.Logf("%s: sold %v", when, counts)
	for name := range p.names {
		if counts[name] == 0 {
			p.Errorf("%s: %s sells nothing", when, name)
		}
	}
}

func (p *province) sellOne(name string, buyer, turn int) bool {
	from := provinceStations[name]
	if from == "" { // the hub sells for both
		from = []string{"130402HD", "130502XT"}[buyer%2]
	}
	to := map[string]string{"130402HD": "130502XT", "130502XT": "130402HD"}[from]
	departures := p.routes[from+" "+to]
	departure := departures[turn/2%len(departures)] // two of each
	person, number := demo.Person(buyer)
	var held struct {
		Order struct {
			ID      string
			Total   int64
			Tickets []struct {
				ID   string
				Seat int
			}
		}
	}
	wish := map[string]any{"departure": departure, "from": from, "to": to, "channel": "window", "passengers": []any{map[string]any{"name": person, "document": map[string]string{"kind": "resident_id", "number": number}}}}
	if p.ask(name, "POST", "/orders", wish, &held) != http.StatusCreated {
		return false
	}
	if p.ask(name, "POST", "/orders/"+held.Order.ID+"/pay", map[string]any{"channel": "cash", "amount": held.Order.Total}, nil) != http.StatusOK {
		return false
	}
	ticket := held.Order.Tickets[0]
	seat := fmt.Sprintf("%s seat %d", departure, ticket.Seat)
	p.mu.Lock()
	defer p.mu.Unlock()
	for other := range p.sold {
		if was, twice := p.sold[other][seat]; twice {
			p.Errorf("%s is sold twice: %s at %s and %s at %s", seat, was.ticket, other, ticket.ID, name)
		}
	}
	p.sold[name][seat] = sale{held.Order.ID, ticket.ID}
	return true
}

// cut pulls a station's cable out at the hub's end, or plugs it in.
func (p *province) cut(name string, off bool) {
	state := map[bool]string{true: "down", false: "up"}[off]
	p.ip("-n", p.names["hub"], "link", "set", "up"+name, state)
	if off {
		p.until(name+" is cut off", func() bool {
			return p.in(name, func() error {
				_, err := net.DialTimeout("tcp", "10.77."+name[1:]+".1:8443", 200*time.Millisecond)
				return err
			}) != nil
		})
	}
}

// lose makes a station's cable lose so much of what it carries, where this system can
// act that; "" is none.
func (p *province) lose(name, share string) {
	args := []string{"-n", p.names[name], "qdisc", "add", "dev", "hub", "root", "netem", "loss", share}
	if share == "" {
		args = []string{"-n", p.names[name], "qdisc", "del", "dev", "hub", "root"}
	}
	if out, err := exec.Command("tc", args...).CombinedOutput(); err != nil && share != "" {
		p.Logf("this system cannot act a bad line (tc netem): %s", bytes.TrimSpace(out))
	}
}

// refund gives one ticket of a node back, which its seat is free to be sold again for.
func (p *province) refund(name string) {
	p.mu.Lock()
	var seat string
	for s := range p.sold[name] {
		if seat == "" || s < seat {
			seat = s
		}
	}
	one := p.sold[name][seat]
	delete(p.sold[name], seat)
	p.mu.Unlock()
	var quote struct{ Back int64 }
	p.ask(name, "GET", "/orders/"+one.order+"/refund-quote", nil, &quote)
	if got := p.ask(name, "POST", "/orders/"+one.order+"/refund", map[string]any{"tickets": []string{one.ticket}, "back": quote.Back}, nil); got != http.StatusOK {
		p.Errorf("refunding at %s answers %d", name, got)
	}
	p.refunded = append(p.refunded, one.ticket)
}

// apart makes sure that the cable was out: the hub does not know all that a station
// has sold.
func (p *province) apart(name string) {
	for _, one := range p.sold[name] {
		if p.ask("hub", "GET", "/tickets/"+one.ticket, nil, nil) == http.StatusNotFound {
			return
		}
	}
	p.Errorf("the hub knows everything of %s, whose cable is out", name)
}

// level waits until the hub knows what both stations have sold and given back.
func (p *province) level() {
	began := time.Now()
	state := func(ticket string) string {
		var t struct{ Ticket, State string }
		var whole map[string]any
		p.ask("hub", "GET", "/tickets/"+ticket, nil, &whole)
		if b, err := json.Marshal(whole); err == nil {
			json.Unmarshal(b, &t) //nolint:errcheck // it shows in what follows
		}
		if inner, ok := whole["ticket"].(map[string]any); ok {
			t.State, _ = inner["state"].(string)
		}
		return t.State
	}
	for _, name := range []string{"s1", "s2"} {
		for seat, one := range p.sold[name] {
			p.until("the hub knows of "+seat+" of "+name, func() bool { return state(one.ticket) == "valid" })
		}
	}
	for _, ticket := range p.refunded {
		p.until("the hub knows that "+ticket+" was given back", func() bool { return state(ticket) == "refunded" })
	}
	p.Logf("level %.1f s after both cables were plugged in", time.Since(began).Seconds())
}

func (p *province) stop() {
	for _, stop := range p.stops {
		stop()
	}
}

// until waits for something at most half a minute.
func (p *province) until(what string, done func() bool) {
	p.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if done() {
			return
		}
	}
	p.Fatalf("%s: not within 30 s", what)
}
