package main

import (
	"html/template"
	"net/http"
	"time"

	"chepiao/relay"
)

// page is where a visitor of the demo pulls the cable between hub and station, and
// watches how both get along.
func (c *cable) page(hub, station string, how func() relay.State, again func(), now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		pulled, since := c.state()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		err := cableHTML.Execute(w, map[string]any{"Pulled": pulled, "For": now().Sub(since).Round(time.Second), "Hub": hub, "Station": station, "S": how()})
		if err != nil {
			c.log.Warn("writing the page of the cable", "error", err)
		}
	})
	for path, out := range map[string]bool{"POST /pull": true, "POST /plug": false} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if c.pull(out, now()); !out {
				again()
			}
			http.Redirect(w, r, "/", http.StatusSeeOther)
		})
	}
	return http.NewCrossOriginProtection().Handler(mux)
}

var cableHTML = template.Must(template.New("cable").Parse(`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="2"><title>网线 · The cable</title>
<style>
body{font:16px/1.5 "Noto Sans SC",system-ui,sans-serif;margin:0;background:#f4f6f8;color:#182433}
main{max-width:56rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}
.line{display:grid;grid-template-columns:1fr 10rem 1fr;align-items:center}
.box{background:#fff;border:2px solid #6b7a8d;border-radius:8px;padding:1rem}
.box h2{margin:0 0 .4rem;font-size:1.1rem}
.box a{margin-right:.8rem}
svg{display:block;width:100%;height:4rem}
form{text-align:center;margin:1.5rem 0}
button{font:inherit;padding:.7rem 1.6rem;border:0;border-radius:6px;color:#fff;background:#b42318}
.out button{background:#1f6f43}
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;background:#fff;border-radius:8px;padding:1rem}
dt{color:#49566b}dd{margin:0}
@media(max-width:40rem){.line{grid-template-columns:1fr}}
</style></head><body><main>
<h1>省级平台与车站之间的网线 · The cable between hub and station</h1>
<div class="line">
<section class="box"><h2>省级平台 Hub</h2><a href="{{.Hub}}/window">窗口 Window</a><a href="{{.Hub}}/desk">调度 Desk</a></section>
{{if .Pulled}}<svg viewBox="0 0 160 40" role="img" aria-label="网线已拔下 · the cable is pulled"><path d="M0 20h56M104 20h56" stroke="#b42318" stroke-width="6" fill="none"/><path d="M56 10v20M104 10v20" stroke="#b42318" stroke-width="6"/></svg>
{{else}}<svg viewBox="0 0 160 40" role="img" aria-label="网线已插好 · the cable is plugged in"><path d="M0 20h160" stroke="#1f6f43" stroke-width="6" fill="none"/></svg>{{end}}
<section class="box"><h2>邯郸站 Handan station</h2><a href="{{.Station}}/window?station=130402HD">窗口 Window</a><a href="{{.Station}}/gate?station=130402HD">检票口 Gate</a><a href="{{.Station}}/desk?station=130402HD">调度 Desk</a></section>
</div>
{{if .Pulled}}<form class="out" method="post" action="/plug"><button>插上网线 · Plug the cable in</button></form>
{{else}}<form method="post" action="/pull"><button>拔掉网线 · Pull the cable out</button></form>{{end}}
<dl id="state" data-hub="{{if .S.Online}}reached{{else}}cut{{end}}" data-in="{{.S.In}}" data-out="{{.S.Out}}">
<dt>网线 · Cable</dt><dd>{{if .Pulled}}已拔下 · pulled{{else}}已插好 · plugged in{{end}}，{{.For}}</dd>
<dt>车站看到的平台 · The hub, as the station sees it</dt><dd>{{if .S.Online}}在线 · on line{{else}}断网 · cut off{{end}}</dd>
<dt>待发往平台 · Waiting for the hub</dt><dd>{{.S.Out}}</dd>
<dt>待从平台接收 · Waiting at the hub</dt><dd>{{.S.In}}</dd>
</dl>
<p>断网时两边都可以继续卖票：车站卖自己持有的座位，平台卖其余的。插上网线后双方自动补齐，同一座位不会卖给两个人。</p>
<p>Cut apart, both go on selling: the station the seats that it holds, the hub the others. Plugged in again both make up for everything; no seat is sold twice.</p>
</main></body></html>
`))
