package gtfs_test

import (
	"fmt"
	"log"

	"chepiao"
	"chepiao/gtfs"
)

// A timetable becomes a network, and a report for the operator.
func Example() {
	src, err := gtfs.Open("testdata/extended") // or a zip file
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	from, err := chepiao.ParseDay("2026-11-22")
	if err != nil {
		log.Fatal(err)
	}
	feed, report, err := gtfs.Read(src, gtfs.Options{From: from, Days: 14}, nil)
	if err != nil {
		log.Fatal(err)
	}
	t := feed.Network.Templates[0]
	fmt.Println(t.Number, t.Stops[0].Depart, feed.Network.Lines[t.Line-1].Name)
	fmt.Println(report.Findings[0])
	// Output:
	// JA1001 08:00 石家庄客运总站 – 乐亭
	// stops.txt:4 chepiao_level "2": only a station has a level; read as none
}
