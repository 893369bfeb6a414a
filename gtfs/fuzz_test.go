package gtfs

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"archive/zip"
)

// FuzzRow reads any bytes as a table: no row may end the program, and what is
// read is always text.
func FuzzRow(f *testing.F) {
	f.Add([]byte("\xef\xbb\xbfid,name\r\n1,\"a\r\nb\"\r\n"))
	f.Add([]byte("id,time,money\n\"1\"x, 8:05:00,2.50,more\n,,\n\xff,25:10:00,9.999\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rep := &Report{}
		tb := &tables{fs: fstest.MapFS{"x.txt": {Data: data}}, rep: rep, sizes: map[string]int64{"x.txt": int64(len(data))}, budget: BytesMax}
		_ = tb.each("x.txt", nil, func(r *row) error {
			for col := range r.cols {
				text := r.text(col)
				if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\x00") || len(r.id(col)) > 3*idBytesMax {
					t.Errorf("text %q", text)
				}
				_, _, _ = r.clock(col)
				_, _ = r.number(col)
				if n := r.whole(col, 2, 5, 3); n < 2 || n > 5 {
					t.Errorf("whole number %d", n)
				}
				if m, ok := parseMoney(r.raw(col)); ok && m < 0 {
					t.Errorf("money %v", m)
				}
			}
			return nil
		})
		if err := rep.WriteText(io.Discard); err != nil {
			t.Error(err)
		}
	})
}

// FuzzFeed reads a feed of any tables: it is refused whole, or what comes out
// is sound.
func FuzzFeed(f *testing.F) {
	p := plain(nil)
	get := func(name string) string { return string(p[name+".txt"].Data) }
	f.Add(get("stops"), get("routes"), get("trips"), get("stop_times"), get("calendar"), "trip_id,start_time,end_time,headway_secs\nT1,06:00:00,20:00:00,600\n", "route_id,from_stop_id,to_stop_id,fen\nR1,S1,S2,100\n")
	f.Add("stop_id,stop_lat,stop_lon,stop_code,zone_id\n1,1,1,A,Z\n2,-1,2,A,\n", "route_id,route_short_name,route_type\nR1,,\n", "route_id,service_id,trip_id,chepiao_kind,chepiao_seats,chepiao_last\nR1,D,T1,flow,9,99:00:00\n",
		"trip_id,arrival_time,stop_id,stop_sequence,shape_dist_traveled\nT1,23:00:00,1,1,0\nT1,,2,1,4\nT1,1:00:00,1,2,1e300\n", "service_id,sunday,start_date,end_date\nD,1,20000101,20991231\n", "", "")
	f.Fuzz(func(t *testing.T, stops, routes, trips, times, calendar, frequencies, fares string) {
		src := plain(map[string]string{"stops": stops, "routes": routes, "trips": trips, "stop_times": times, "calendar": calendar, "frequencies": frequencies, "chepiao_fares": fares})
		o := november(t)
		o.Shift = len(calendar)%2 == 0
		feed, rep, err := Read(src, o, nil)
		if rep == nil || (feed == nil) == (err == nil) {
			t.Fatalf("feed %v, report %v, error %v", feed, rep, err)
		}
		if err == nil {
			sound(t, feed, o)
		}
	})
}

// syntheticZip is a feed of 300,000 stop times when trips is 20,000.
func syntheticZip(t testing.TB, trips int, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSynthetic(&b, trips, 2000, seed); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openZip(t testing.TB, data []byte) *zip.Reader {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSynthetic(t *testing.T) {
	a, b, other := syntheticZip(t, 500, 1), syntheticZip(t, 500, 1), syntheticZip(t, 500, 2)
	if !bytes.Equal(a, b) || bytes.Equal(a, other) {
		t.Error("the seed does not decide")
	}
	f, rep, err := Read(openZip(t, a), november(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, f, november(t))
	if rep.Templates != 500 || rep.Stops != 7500 || rep.Count(Error)+rep.Count(Warning) != 0 {
		var text bytes.Buffer
		_ = rep.WriteText(&text)
		t.Error(text.String())
	}
	if WriteSynthetic(io.Discard, 0, 5, 1) == nil || WriteSynthetic(io.Discard, 5, 1, 1) == nil {
		t.Error("an empty synthetic feed was written")
	}
}

// BenchmarkRead300k reads 300,000 stop times. MB-live is the memory in use
// when it is done, MB-sys what the program asked the system for.
func BenchmarkRead300k(b *testing.B) {
	data := syntheticZip(b, 20_000, 1)
	b.ReportAllocs()
	for b.Loop() {
		f, rep, err := Read(openZip(b, data), november(b), nil)
		if err != nil || rep.Stops != 300_000 {
			b.Fatal(err, rep.Stops)
		}
		runtime.KeepAlive(f)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-sys")
}
