// Package verify is being written.
package verify

import (
	"net/http"

	"chepiao/web/ui"
)

// Pages are the verify's pages.
type Pages struct{ *ui.Kit }

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) { return &Pages{k}, nil }

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux) {}
