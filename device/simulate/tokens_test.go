package simulate

import (
	"bytes"
	"strings"
	"testing"
)

// A byte of a picture that looks like a command is none.
func TestCommandsAreToldFromWhatTheyCarry(t *testing.T) {
	for what, c := range map[string]struct {
		in   string
		want []string
	}{
		"text and a cut":         {"a票\n\x1dV\x00b", []string{"a票\n", "\x1dV\x00", "b"}},
		"a cut with a feed":      {"\x1dV\x42\x10x", []string{"\x1dV\x42\x10", "x"}},
		"a picture full of cuts": {"\x1dv0\x00\x02\x00\x03\x00\x1dV\x00\x10\x04\x01!", []string{"\x1dv0\x00\x02\x00\x03\x00\x1dV\x00\x10\x04\x01", "!"}},
		"a QR code's data":       {"\x1d(k\x04\x00\x1dV\x00\x10x", []string{"\x1d(k\x04\x00\x1dV\x00\x10", "x"}},
		"a bar code by length":   {"\x1dkI\x02\x1b\x1dx", []string{"\x1dkI\x02\x1b\x1d", "x"}},
		"a bar code by its end":  {"\x1dk\x0412\x00x", []string{"\x1dk\x0412\x00", "x"}},
		"dots":                   {"\x1b*\x21\x01\x00abcx", []string{"\x1b*\x21\x01\x00abc", "x"}},
		"real time":              {"\x10\x04\x01\x10\x14\x01\x00\x01x", []string{"\x10\x04\x01", "\x10\x14\x01\x00\x01", "x"}},
		"a kick":                 {"\x1bp\x00\x19\xfax", []string{"\x1bp\x00\x19\xfa", "x"}},
		"half a picture":         {"\x1dv0\x00\x02\x00\x03\x00abc", nil},
		"half a command":         {"\x1b", nil},
	} {
		var got []string
		for rest := []byte(c.in); ; {
			var token token
			if token, rest = split(rest); token == nil {
				break
			}
			got = append(got, string(token))
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

// Nothing is lost, added or read beyond its end.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("\x1b@\x1dv0\x00\x02\x00\x03\x00abcdef\x1dV\x41\x00\x10\x04\x01"))
	f.Add([]byte("\x1d(k\x04\x00\x31\x50\x30x\x1bD\x01\x02\x00\x1dk\x0412\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var all []byte
		rest := in
		for {
			var token token
			if token, rest = split(rest); token == nil {
				break
			}
			if len(token) == 0 {
				t.Fatal("an empty token")
			}
			all = append(all, token...)
		}
		if !bytes.Equal(append(all, rest...), in) {
			t.Fatal("the pieces are not the whole")
		}
		Words(in)
	})
}
