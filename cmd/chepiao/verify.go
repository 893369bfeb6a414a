package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"chepiao/voucher"
)

// verifyCmd explains a voucher.
type verifyCmd struct {
	Code string `arg:"" help:"The code, CP1:…; - reads it from standard input."`
	Keys string `help:"Key directory: a file, as served at /api/v1/keys." type:"existingfile" xor:"keys"`
	Data string `help:"Data folder of a node, to use its own keys." type:"existingdir" xor:"keys"`
	Zone string `help:"Time zone to show times in." default:"Asia/Shanghai"`
	At   string `help:"Moment to judge at, as 2026-11-22T08:00:00+08:00; now if not given."`
	JSON bool   `help:"Print as JSON."`
}

func (c *verifyCmd) Run(ctx context.Context) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fmt.Errorf("--zone: %w", err)
	}
	now := time.Now()
	if c.At != "" {
		if now, err = time.Parse(time.RFC3339, c.At); err != nil {
			return fmt.Errorf("--at: %w", err)
		}
	}
	code := c.Code
	if code == "-" {
		if _, err := fmt.Scanln(&code); err != nil {
			return fmt.Errorf("reading the code: %w", err)
		}
	}
	v := keys.Verify(strings.TrimSpace(code), now)
	lines := v.Explain(zone, nil)
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"valid": v.Valid, "signed": v.Signed, "refusal": v.Refusal, "claims": lines}); err != nil {
			return err
		}
	} else {
		zh, en := v.Text()
		fmt.Printf("%s\n%s\n\n", zh, en)
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		for _, l := range lines {
			fmt.Fprintf(w, "%s\t%s\t%s\n", l.ZH, l.EN, l.Value)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if !v.Valid {
		return fmt.Errorf("the voucher does not pass: %w", v.Refusal)
	}
	return nil
}

func (c *verifyCmd) keys() (*voucher.Keys, error) {
	switch {
	case c.Keys != "":
		data, err := os.ReadFile(c.Keys)
		if err != nil {
			return nil, err
		}
		d, err := voucher.ParseDirectory(data)
		if err != nil {
			return nil, err
		}
		return d.Ready(), nil
	case c.Data != "":
		s, err := readSafe(c.Data)
		if err != nil {
			return nil, err
		}
		return s.ring.Keys(), nil
	}
	return nil, fmt.Errorf("say whose keys to trust: --keys DIRECTORY.json or --data FOLDER")
}
