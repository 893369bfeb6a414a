package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"chepiao"
	"chepiao/store"
)

// doctorCmd examines a data folder.
type doctorCmd struct {
	Data string `arg:"" help:"Data folder; the hub must not be running." type:"existingdir"`
	JSON bool   `help:"Print the findings as JSON."`
	database
}

func (c *doctorCmd) Run(ctx context.Context) error {
	if _, err := readSafe(c.Data); err != nil {
		return err
	}
	n, err := openNode(ctx, nodeOptions{folder: c.Data, target: c.Store, name: "HUB1", profile: chepiao.ProfileEd25519, log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	defer n.store.Close()
	bar := newBar(os.Stderr)
	d, err := n.store.Doctor(ctx, func(stage string, done, total int64) { bar.show(stage, done, total) })
	bar.end()
	if err != nil {
		return err
	}
	kept, err := n.office.Retention(ctx, n.store.Now())
	if err != nil {
		return err
	}
	faces, read, err := faceTraces(ctx, c.Data)
	if err != nil {
		return err
	}
	if store.Remote(c.Store) {
		rows, more, err := faceRows(ctx, c.Store)
		if err != nil {
			return err
		}
		faces, read = append(faces, rows...), read+more
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(struct {
			store.Diagnosis
			Overdue int64       `json:"people_overdue"`
			Faces   []faceTrace `json:"faces_on_disk,omitempty"`
		}{d, kept.Overdue, faces})
	}
	fmt.Println(d.Summary())
	if len(faces) == 0 {
		fmt.Printf("no face in the data: %d MB were searched for pictures and templates\n", read>>20)
	}
	for _, f := range faces {
		fmt.Println("a face on disk:", f)
	}
	if kept.Overdue > 0 { // no difference: the duty destroys them once the node runs
		fmt.Printf("who travelled before %s on %d tickets is to be destroyed (rule people_days, %d days)\n", kept.From, kept.Overdue, kept.Days)
	}
	for _, f := range d.Findings {
		fmt.Println(f)
	}
	if n := len(d.Findings) + len(faces); n > 0 {
		return fmt.Errorf("doctor found %d differences", n)
	}
	return nil
}
