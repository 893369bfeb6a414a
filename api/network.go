package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
)

// Place is a station in a few words, wherever one is named.
type Place struct {
	Code    string `json:"code" doc:"Business code, unique in the network."`
	Name    string `json:"name"`
	English string `json:"english,omitempty"`
}

// Station is a station with everything the network knows of it.
type Station struct {
	Place
	Pinyin   string  `json:"pinyin,omitempty" example:"shijiazhuang"`
	Initials string  `json:"initials,omitempty" example:"sjz"`
	Kind     string  `json:"kind" enum:"station,convenience,roadside"`
	Level    int     `json:"level,omitempty" doc:"1 to 3 of a coach station (JT/T 200)."`
	Region   string  `json:"region,omitempty" doc:"Six digits of GB/T 2260."`
	Address  string  `json:"address,omitempty"`
	Phone    string  `json:"phone,omitempty" doc:"The station's own, public."`
	Lat      float64 `json:"lat,omitempty" doc:"WGS 84 degrees."`
	Lon      float64 `json:"lon,omitempty"`
}

// Network says what is sold here.
type Network struct {
	Name         string `json:"name"`
	Node         string `json:"node" doc:"Short name of the node that answers."`
	Zone         string `json:"zone" doc:"Time zone of every time." example:"Asia/Shanghai"`
	Currency     string `json:"currency" doc:"ISO 4217; amounts are hundredths of it." example:"CNY"`
	FirstDay     string `json:"first_day,omitempty" format:"date" doc:"First service day of the timetable."`
	LastDay      string `json:"last_day,omitempty" format:"date"`
	Today        string `json:"today" format:"date"`
	Stations     int    `json:"stations"`
	Lines        int    `json:"lines"`
	Departures   int    `json:"departures" doc:"Departures in the timetable, each on many days."`
	RulesVersion int64  `json:"rules_version"`
}

type stationList struct {
	Stations []Station `json:"stations"`
	Next     int       `json:"next,omitempty" doc:"Value of after for the next page; absent on the last one."`
}

type body[T any] struct{ Body T }

// network puts up the routes about the network and its stations.
func (d *door) network() {
	register(d, huma.Operation{OperationID: "getNetwork", Method: http.MethodGet, Path: "/network", Tags: []string{"timetable"}, Summary: "What is sold here"}, d.getNetwork)
	register(d, huma.Operation{OperationID: "listStations", Method: http.MethodGet, Path: "/stations", Tags: []string{"timetable"},
		Summary: "Find stations", Description: "By a part of the name, the beginning of the pinyin or of the initials, or the code; without q, the stations that sell tickets by level."}, d.listStations)
	register(d, huma.Operation{OperationID: "getStation", Method: http.MethodGet, Path: "/stations/{code}", Tags: []string{"timetable"}, Summary: "One station"}, d.getStation)
	register(d, huma.Operation{OperationID: "listReach", Method: http.MethodGet, Path: "/stations/{code}/reach", Tags: []string{"timetable"}, Summary: "Stations reached from here without changing"}, d.listReach)
}

func (d *door) getNetwork(context.Context, *struct{}) (*body[Network], error) {
	t := d.Office.Timetable()
	n := Network{
		Name: t.Name, Node: d.Office.Ring().Issuer(), Zone: t.Zone.String(), Currency: t.Currency, Today: d.today().String(),
		Stations: len(t.Stations), Lines: len(t.Lines), RulesVersion: d.Office.Rules().Version,
	}
	var first, last chepiao.Day
	for i := range t.Templates {
		m := &t.Templates[i]
		end, runs := m.Days.Last()
		if !runs {
			continue
		}
		if n.Departures == 0 {
			first, last = m.Days.First, end
		}
		first, last = min(first, m.Days.First), max(last, end)
		n.Departures++
	}
	if n.Departures > 0 {
		n.FirstDay, n.LastDay = first.String(), last.String()
	}
	return &body[Network]{n}, nil
}

type stationQuery struct {
	Q     string `query:"q" maxLength:"60" doc:"Name, pinyin, initials or code." example:"sjz"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"20"`
	After int    `query:"after" minimum:"0" maximum:"100000" doc:"Stations to skip."`
}

func (d *door) listStations(_ context.Context, in *stationQuery) (*body[stationList], error) {
	found := d.Office.Timetable().SearchStations(in.Q, in.After+in.Limit+1)
	return &body[stationList]{pageOfStations(found, in.After, in.Limit)}, nil
}

func pageOfStations(found []*chepiao.Station, after, limit int) stationList {
	list := stationList{Stations: []Station{}}
	for _, s := range found[min(after, len(found)):min(after+limit, len(found))] {
		list.Stations = append(list.Stations, stationOf(s))
	}
	if len(found) > after+limit {
		list.Next = after + limit
	}
	return list
}

type StationRef struct {
	Code string `path:"code" maxLength:"60" doc:"Business code of a station."`
}

func (d *door) getStation(_ context.Context, in *StationRef) (*body[Station], error) {
	s, err := d.Office.Timetable().StationByCode(in.Code, "code")
	if err != nil {
		return nil, err
	}
	return &body[Station]{stationOf(s)}, nil
}

type reachQuery struct {
	StationRef
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"200"`
	After int `query:"after" minimum:"0" maximum:"100000" doc:"Stations to skip."`
}

func (d *door) listReach(_ context.Context, in *reachQuery) (*body[stationList], error) {
	t := d.Office.Timetable()
	s, err := t.StationByCode(in.Code, "code")
	if err != nil {
		return nil, err
	}
	return &body[stationList]{pageOfStations(t.Reach(s.No), in.After, in.Limit)}, nil
}

func stationOf(s *chepiao.Station) Station {
	return Station{
		Place: placeOf(s), Pinyin: s.Pinyin, Initials: s.Initials, Kind: string(s.Kind), Level: s.Level,
		Region: s.Region, Address: s.Address, Phone: s.Phone, Lat: s.Lat, Lon: s.Lon,
	}
}

func placeOf(s *chepiao.Station) Place {
	if s == nil {
		return Place{}
	}
	return Place{s.Code, s.Name, s.English}
}

func (d *door) place(no chepiao.StationNo) Place {
	return placeOf(d.Office.Timetable().Station(no))
}

// today is the calendar day in the network's zone.
func (d *door) today() chepiao.Day { return chepiao.DayOf(d.Now().In(d.Office.Timetable().Zone)) }

// journey reads the two stations of a request. Refusals Invalid and NotFound at
// from and to.
func (d *door) journey(from, to string) (a, b chepiao.StationNo, err error) {
	t := d.Office.Timetable()
	board, err := t.StationByCode(from, "from")
	if err != nil {
		return 0, 0, err
	}
	alight, err := t.StationByCode(to, "to")
	if err != nil {
		return 0, 0, err
	}
	return board.No, alight.No, nil
}
