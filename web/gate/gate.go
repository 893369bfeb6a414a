// Package gate is being written.
package gate

import (
	"net/http"

	"chepiao/web/ui"
)

// Pages are the gate's pages.
type Pages struct{ *ui.Kit }

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) { return &Pages{k}, nil }

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {}
