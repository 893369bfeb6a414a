package paper

import (
	"fmt"
	"slices"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the white border of a QR code that ISO/IEC 18004 demands, in modules.
const quiet = 4

// matrix is the dark modules of a QR code, by line; level M, alphanumeric where
// the text allows.
func matrix(text string) ([][]bool, error) {
	mode := qr.AlphaNumeric
	b, err := qr.Encode(text, qr.M, mode)
	if err != nil {
		b, err = qr.Encode(text, qr.M, qr.Auto)
	}
	if err != nil {
		return nil, fmt.Errorf("making a code of %d characters: %w", len(text), err)
	}
	n := b.Bounds().Dx()
	grid := make([][]bool, n)
	for y := range grid {
		grid[y] = make([]bool, n)
		for x := range grid[y] {
			r, _, _, _ := b.At(x, y).RGBA()
			grid[y][x] = r == 0
		}
	}
	return grid, nil
}

// Characters that QR codes of level M hold by version, from 1 on (ISO/IEC 18004,
// table 7): in alphanumeric mode, and bytes.
var (
	alphanumeric = [...]int{20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366, 419, 483, 528, 600, 656, 734, 816, 909, 970}
	octets       = [...]int{14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666}
)

// modules is how many modules a side of a text's code has, without making it:
// that takes ten times as long as the rest of a slip.
func modules(text string) int {
	held := octets[:]
	if !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", r) }) {
		held = alphanumeric[:]
	}
	version, _ := slices.BinarySearch(held, len(text))
	return 17 + 4*(version+1)
}
