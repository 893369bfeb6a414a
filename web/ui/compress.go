package ui

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

// compressFrom is the size in bytes from which a page is worth compressing: a
// smaller one fits into the first packet anyway.
const compressFrom = 1200

// The level trades server time for bytes: on a list of 60 departures (75 kB) the
// default takes about a millisecond and leaves a tenth.
var zippers = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.DefaultCompression); return w }}

// compress answers a page's bytes as they go over the wire to whoever asks, and
// says so in the header. A phone on a slow network waits for bytes, not for us.
// What a page shows of what somebody typed never stands beside a secret that
// another site could guess at by its length: forms and order pages answer only
// to our own pages (Guard) or to whoever has the key already.
func compress(w http.ResponseWriter, r *http.Request, page []byte) []byte {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if len(page) < compressFrom || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return page
	}
	var small bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&small)
	if _, err := z.Write(page); err != nil {
		return page
	}
	if err := z.Close(); err != nil {
		return page
	}
	h.Set("Content-Encoding", "gzip")
	return small.Bytes()
}
