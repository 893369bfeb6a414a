package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"chepiao/ident"
	"chepiao/ident/provider"
)

// fakeOIDCCmd runs an OpenID provider that knows the people of the demo, and writes
// the file by which a hub uses it.
type fakeOIDCCmd struct {
	Hub    string `help:"URL of the hub it sends people back to." default:"http://127.0.0.1:8080"`
	Listen string `help:"Address to listen on; loopback only, as it asks for no password." default:"127.0.0.1:8092"`
	File   string `help:"Where to write the file for  chepiao hub --oidc FILE." default:"oidc.json" type:"path"`
}

func (c *fakeOIDCCmd) Run(ctx context.Context) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return fmt.Errorf("the practice provider asks for no password: it only listens on a loopback address, not on %s", l.Addr())
	}
	conf := ident.OIDCConfig{Issuer: "http://" + l.Addr().String(), Client: "chepiao", Secret: rand.Text(), Name: "统一认证"}
	people := make([]provider.Person, len(demoStaff))
	for i, s := range demoStaff {
		people[i] = provider.Person{Number: string(s.No), Name: s.Name}
	}
	p, err := provider.New(provider.Options{
		Issuer: conf.Issuer, Client: conf.Client, Secret: conf.Secret, Redirect: []string{c.Hub + "/staff/oidc/back"}, People: people, Now: time.Now, Rand: rand.Reader,
	})
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(conf, "", "  ")
	if err == nil {
		err = os.WriteFile(c.File, append(b, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing the file for the hub: %w", err)
	}
	fmt.Printf("practice OpenID provider at %s\nstart the hub with  --oidc %s\n", conf.Issuer, c.File)
	return serve(ctx, l, p)
}
