// Package demo is a province to try the system with: coach stations of Hebei
// and its neighbours, the lines between them, and every kind of departure, from
// the half-hourly van to the coach that drives through the night. The places
// are real; the operators, timetables, fares and telephone numbers are made up.
//
// The province stands in data files, feed/*.txt, in the same format as any
// other timetable (GTFS with the extension columns of docs/import.md), and goes
// the same way into the system.
package demo

import (
	"embed"
	"io/fs"
)

//go:embed feed/*.txt
var files embed.FS

// Feed is the folder of the demo network's tables. Its calendar runs from 2024
// to 2099.
func Feed() fs.FS {
	feed, err := fs.Sub(files, "feed")
	if err != nil {
		panic(err) // the name is a valid path: it stands above
	}
	return feed
}
