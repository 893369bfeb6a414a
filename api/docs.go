package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"net/http"
	"time"

	"chepiao/watch"
)

// documents puts up what describes the interface, and the probes of whoever
// keeps the node running.
func (d *door) documents() {
	sum := sha256.Sum256(d.spec)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	d.mux.HandleFunc("GET "+Root+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.spec))
	})
	d.mux.HandleFunc("GET "+Root+"/docs", d.docs)
	d.mux.HandleFunc("GET "+Root, d.home)
	d.mux.HandleFunc("GET "+Root+"/{$}", d.home)
	d.mux.HandleFunc("GET /healthz", d.healthy)
	d.mux.HandleFunc("GET /readyz", d.ready)
}

func (d *door) home(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, Root+"/docs", http.StatusSeeOther)
}

// docsPolicy lets the page load nothing from another host. The documentation
// script draws with inline styles and pictures from data.
const docsPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'; " +
	"script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:"

var docsPage = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Chepiao 车票 · API</title>
<link rel="icon" href="data:,">
{{with .Style}}<link rel="stylesheet" href="{{.}}">{{end}}
</head>
<body>
<div id="docs" data-spec="{{.Spec}}">
<h1>Chepiao 车票 · API</h1>
{{if .Script}}<noscript><p>互动文档需要 JavaScript。The interactive documentation needs JavaScript.</p></noscript>
{{else}}<p>互动文档未随程序构建，请用 <code>make build</code>。The interactive documentation was not built into this program: use <code>make build</code>.</p>{{end}}
<p><a href="{{.Spec}}">OpenAPI 3.1</a></p>
</div>
{{with .Script}}<script type="module" src="{{.}}"></script>{{end}}
</body>
</html>
`))

func (d *door) docs(w http.ResponseWriter, _ *http.Request) {
	page := struct{ Spec, Style, Script string }{Spec: Root + "/openapi.json"}
	if d.Asset != nil {
		page.Style, page.Script = d.Asset("docs.css"), d.Asset("docs.js")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", docsPolicy)
	_ = docsPage.Execute(w, page) // the reader is gone: nobody to tell
}

// healthy says that the process answers, and that its writer moves.
func (d *door) healthy(w http.ResponseWriter, r *http.Request) {
	if d.Health != nil {
		if why := d.Health.Alive(); why != nil {
			c := callOf(r.Context())
			c.answer(c.problem(notReady, "", why.ZH, why.EN))
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = writeJSON(w, map[string]string{"status": "ok"})
}

// ready says whether the node can sell: it has a timetable, and the watch has
// nothing against it.
func (d *door) ready(w http.ResponseWriter, r *http.Request) {
	if why := d.Office.Restored(); why != nil {
		c := callOf(r.Context())
		c.answer(c.problem(why.Reason, "", why.ZH, why.EN).after(restoredRetry))
		return
	}
	if d.Health != nil {
		if why := d.Health.Ready(r.Context()); why != nil {
			c := callOf(r.Context())
			c.answer(c.problem(notReady, "", why.ZH, why.EN).after(watch.RetryMin))
			return
		}
	}
	if len(d.Office.Timetable().Templates) == 0 {
		c := callOf(r.Context())
		c.answer(c.problem(notReady, "", "尚未导入时刻表", "there is no timetable yet"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = writeJSON(w, map[string]string{"status": "ready"})
}
