package device_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"chepiao/device"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The bytes are those of the makers' manuals.
func TestFramesOfTheManuals(t *testing.T) {
	for _, c := range []struct {
		what string
		got  []byte
		want string
	}{
		{"find", device.Ask(0x20, 0x01), "AA AA AA 96 69 00 03 20 01 22"},
		{"select", device.Ask(0x20, 0x02), "AA AA AA 96 69 00 03 20 02 21"},
		{"read", device.Ask(0x30, 0x01), "AA AA AA 96 69 00 03 30 01 32"},
		{"found", device.Answer(0x9F, 0, 0, 0, 0), "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97"},
		{"selected", device.Answer(0x90, make([]byte, 8)...), "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"},
	} {
		if !bytes.Equal(c.got, unhex(t, c.want)) {
			t.Errorf("%s: % X, want %s", c.what, c.got, c.want)
		}
	}
}

func TestFramesInNoise(t *testing.T) {
	good, other := device.Answer(0x9F, 1, 2, 3, 4), device.Answer(0x80)
	broken := bytes.Clone(good)
	broken[9] ^= 1
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, c := range []struct {
		what string
		in   []byte
		want int // frames found
		bad  int
	}{
		{"one", good, 1, 0},
		{"two", join(good, other), 2, 0},
		{"noise before, between and after", join([]byte{0, 0xAA, 0x96}, good, []byte{0xAA, 0xAA, 0xFF}, other, []byte{0xAA, 0xAA}), 2, 0},
		{"more AA than there should be", join([]byte{0xAA, 0xAA}, good), 1, 0},
		{"a wrong check", broken, 0, 1},
		{"a wrong check, then a frame", join(broken, other), 1, 1},
		{"cut off, then a frame", join(good[:9], other, other), 2, 1},
		{"an impossible length", join(unhex(t, "AA AA AA 96 69 FF FF"), other), 1, 1},
		{"no length", unhex(t, "AA AA AA 96 69 00 00"), 0, 1},
		{"half a frame", good[:len(good)-1], 0, 0},
		{"nothing", nil, 0, 0},
	} {
		for _, piece := range []int{1, 3, 1000} { // bytes that arrive at once
			var f device.Frames
			found := 0
			for rest := c.in; len(rest) > 0; {
				n := min(piece, len(rest))
				f.Push(rest[:n])
				rest = rest[n:]
				for f.Next(3) != nil {
					found++
				}
			}
			if found != c.want || f.Bad != c.bad {
				t.Errorf("%s in pieces of %d: %d frames and %d bad ones, want %d and %d", c.what, piece, found, f.Bad, c.want, c.bad)
			}
		}
	}
}

// Whatever comes along the line: no panic, what is found was there with a right
// check, and how the bytes were cut into pieces makes no difference.
func FuzzFrames(f *testing.F) {
	f.Add(device.Answer(0x9F, 1, 2, 3, 4), uint8(3))
	f.Add(append([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 9}, device.Answer(0x80)...), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		var whole, cut device.Frames
		whole.Push(in)
		var found [][]byte
		for b := whole.Next(3); b != nil; b = whole.Next(3) {
			found = append(found, bytes.Clone(b))
			if !bytes.Contains(in, device.Ask(b[0], b[1], b[2:]...)) {
				t.Fatalf("found % X, which was not sent", b)
			}
		}
		n := 0
		for rest := in; len(rest) > 0; {
			k := min(int(piece)+1, len(rest))
			cut.Push(rest[:k])
			rest = rest[k:]
			for b := cut.Next(3); b != nil; b = cut.Next(3) {
				if n >= len(found) || !bytes.Equal(b, found[n]) {
					t.Fatalf("in pieces, frame %d is % X", n, b)
				}
				n++
			}
		}
		if n != len(found) {
			t.Fatalf("%d frames in pieces, %d at once", n, len(found))
		}
	})
}
