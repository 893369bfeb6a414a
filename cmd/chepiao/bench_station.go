package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"chepiao"
	"chepiao/bench"
	"chepiao/office"
)

// benchStation is the stop of the bench's timetable where most coaches begin, and
// benchFromStation how many a day.
const (
	benchStation     = "P0-0"
	benchFromStation = 2000
)

// prepareProvince opens a hub and a station of it in this process: the hub's doors
// for stations are on a loopback port.
func (c *benchCmd) prepareProvince(ctx context.Context, folder string) (_ *bench.Province, err error) {
	log := slog.New(slog.DiscardHandler)
	hub, err := openNode(ctx, nodeOptions{folder: filepath.Join(folder, "hub"), name: "BENCH", profile: chepiao.ProfileEd25519, open: true, log: log})
	if err != nil {
		return nil, err
	}
	closing := []func() error{hub.close}
	closeAll := func() (err error) {
		for _, f := range closing {
			err = errors.Join(err, f())
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll())
		}
	}()
	feed, err := starFeed(benchFromStation, benchDays)
	if err == nil {
		_, err = hub.office.Import(ctx, "bench", feed, "bench")
	}
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: hub.hub.Doors(), ReadHeaderTimeout: time.Second}
	go server.Serve(l) //nolint:errcheck // it ends when it is closed
	closing = append(closing, server.Close)
	code, err := hub.hub.Invite(ctx, office.Verb{ID: "bench-invite", By: "bench"}, benchStation)
	if err != nil {
		return nil, err
	}
	url, data := "http://"+l.Addr().String(), filepath.Join(folder, "station")
	enrolling := &stationRunCmd{Data: data, Hub: url, Code: code}
	if err := enrolling.enrol(ctx); err != nil {
		return nil, err
	}
	station, err := openNode(ctx, nodeOptions{folder: data, open: true, log: log})
	if err != nil {
		return nil, err
	}
	closing = append([]func() error{station.close}, closing...)
	return &bench.Province{Hub: hub.office, Station: station.office, Code: benchStation, Run: station.station.Run, Close: closeAll}, nil
}
