package main

import (
	"context"
	"time"
)

// devicesEvery is how often a hub looks whether devices were added or removed.
const devicesEvery = time.Second

// followDevices reads the file of devices again whenever it has changed: what
// chepiao device does, or a copy from another machine, reaches a running hub.
func (n *node) followDevices(ctx context.Context) {
	tick := time.NewTicker(devicesEvery)
	defer tick.Stop()
	failing := false
	for {
		changed, err := n.devices.Reload()
		switch {
		case err != nil && !failing:
			n.log.Error("reading the devices again: those of before may act", "error", err)
		case changed:
			n.log.Info("the devices have changed", "devices", len(n.devices.List()))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
