package passenger

import (
	"encoding/json"
	"net/http"

	"chepiao/web/ui"
)

// app describes the pages as an application, so that a phone may put them on its
// home screen. It opens with the orders: whoever taps it there is in the hall.
func (p *Pages) app(w http.ResponseWriter, r *http.Request) {
	lang := ui.Language(r)
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	h := w.Header()
	h.Set("Content-Type", "application/manifest+json")
	h.Set("Cache-Control", "no-cache")
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.Encode(map[string]any{ //nolint:errcheck // the reader has gone
		"name": lang.Say("frame.name"), "short_name": lang.Say("frame.name"), "lang": lang.Tag(), "display": "standalone",
		"start_url": "/passenger/orders", "scope": "/", "background_color": "#f2f3f5", "theme_color": "#07713a",
		"icons": []icon{{"/favicon.svg", "any", "image/svg+xml", "any"}},
	})
}
