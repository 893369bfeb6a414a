package ui

import (
	"net/http"
	"strings"
)

// agentHeader is what the program that runs beside a browser (chepiao device run)
// adds to what it passes on: the machine has a card reader, a printer and so on, and
// they answer under the very address that the page came from.
const agentHeader = "X-Chepiao-Agent"

// counters are the posts of devices by the pages that work at them.
var counters = []struct{ pages, devices string }{
	{"/gate", "/device/gate"},
	{"/kiosk", "/device/kiosk"},
	{"/window", "/device/window"},
	{"/shift", "/device/window"},
	{"/practice", "/device/window"},
}

// Counter is where the devices of the counter answer that a page is for; "" on
// other pages, and on a machine that has none. A demo has simulated ones.
func (k *Kit) Counter(r *http.Request) string {
	if !k.Demo && r.Header.Get(agentHeader) == "" {
		return ""
	}
	for _, c := range counters {
		if rest, ok := strings.CutPrefix(r.URL.Path, c.pages); ok && (rest == "" || rest[0] == '/') {
			return c.devices
		}
	}
	return ""
}
