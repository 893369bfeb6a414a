package office

import (
	"encoding/json"
	"fmt"

	"chepiao"
)

// detail reads the detail of an event as what its verb put there. Sent again, a
// verb finds its event as JSON.
func detail[T any](e *chepiao.Event) (d T, err error) {
	if d, ok := e.Detail.(T); ok {
		return d, nil
	}
	b, err := json.Marshal(e.Detail)
	if err == nil {
		err = json.Unmarshal(b, &d)
	}
	if err != nil {
		return d, fmt.Errorf("reading the detail of %s: %w", e.Kind, err)
	}
	return d, nil
}
