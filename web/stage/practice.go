package stage

import (
	"context"
	"math/rand/v2"
	"path/filepath"

	"chepiao/office"
)

// openPractice opens an office to practise in.
func (s *Stage) openPractice(ctx context.Context) (*office.Office, func(), error) {
	own, end, err := s.Office.Practice(ctx, filepath.Join(folder(s.t), "practice.db"), s.Now, rand.NewChaCha8([32]byte{4}))
	if err != nil {
		return nil, nil, err
	}
	over := func() { end() } //nolint:errcheck // thrown away
	s.t.Cleanup(over)
	return own, over, nil
}
