// Package ui is what all pages share: their frame, the reader's language, how
// times and money are written, how a refusal is shown beside the field it is
// about, and who may open the pages for staff. The pages themselves, one action
// a file, are in the folders beside this one.
package ui

import (
	"bytes"
	"embed"
	"encoding/base32"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/locale"
	"chepiao/office"
	"chepiao/relay"
)

// Kit is what every page works with.
type Kit struct {
	Office  *office.Office
	Devices *ident.Registry

	Accounts *ident.Accounts // of staff; nil where the system has none
	Keys     *ident.Keys     // passkeys; nil where browsers would not have them
	OIDC     *ident.OIDC     // a provider that vouches for staff; nil for none

	Now   func() time.Time
	Rand  io.Reader
	Log   *slog.Logger
	Demo  bool                     // tell visitors what to try
	Asset func(name string) string // address of a style or script; "" when it was not built
	Limit *Limit

	Hub     *relay.Hub     // of a hub, its stations; nil at a station
	Station *relay.Station // of a station, its hub; nil at a hub

	Practice  bool // the office is one to practise in: nothing is sold, nothing is printed
	Practises bool // there is one
}

//go:embed layout/*.html common/*.html
var layouts embed.FS

// Book is a set of pages in both languages.
type Book struct {
	kit   *Kit
	pages map[locale.Lang]map[string]*template.Template
}

// NewBook reads the pages in a folder of templates, each within a layout
// ("phone", "desk", "gate", "plain"). A page defines "content"; one that
// defines "fragment" is a part that a page loads, and has no layout. Pages may
// use what files whose names begin with an underscore define. Every book has
// the pages "trouble" and "stations".
func (k *Kit) NewBook(files fs.FS, layout string) (*Book, error) {
	b := &Book{kit: k, pages: map[locale.Lang]map[string]*template.Template{}}
	for _, lang := range locale.Langs() {
		b.pages[lang] = map[string]*template.Template{}
		base, err := template.New("").Funcs(k.words(lang)).ParseFS(layouts, "layout/_*.html", "layout/"+layout+".html")
		if err != nil {
			return nil, fmt.Errorf("reading the layout %s: %w", layout, err)
		}
		if err := b.add(lang, base, layouts, "common", layout); err != nil {
			return nil, err
		}
		if err := b.add(lang, base, files, "pages", layout); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// add reads the pages of one folder.
func (b *Book) add(lang locale.Lang, base *template.Template, files fs.FS, folder, layout string) error {
	names, err := fs.Glob(files, folder+"/*.html")
	if err != nil {
		return err
	}
	base, err = base.Clone()
	for _, name := range names {
		if err == nil && path.Base(name)[0] == '_' {
			base, err = base.ParseFS(files, name)
		}
	}
	for _, name := range names {
		if err != nil {
			return fmt.Errorf("reading a page: %w", err)
		}
		var page *template.Template
		if page, err = base.Clone(); err == nil {
			page, err = page.ParseFS(files, name)
		}
		if err == nil {
			part := page.Lookup("fragment")
			if part == nil {
				part = page.Lookup(layout)
			}
			b.pages[lang][strings.TrimSuffix(path.Base(name), ".html")] = part
		}
	}
	return err
}

// Frame is what a layout is filled with. P is the page's own struct.
type Frame struct {
	Lang    locale.Lang
	Switch  string // address of this page in the other language
	Large   bool   // large print
	Size    string // address of this page in the other size of print
	Demo    bool
	Held    *chepiao.Refusal // why no business is done, nil mostly
	Device  *ident.Device    // where somebody acts, on pages for staff
	Staff   *ident.Staff     // who has signed in there
	People  bool             // somebody could sign in there
	Locked  bool             // devices have secrets: who acts may sign out
	Counter string           // where the devices of the counter answer ("/device/window"); "" where there are none
	Node    *relay.State     // how a station stands with its hub, on pages for staff; nil at a hub
	P       any

	Practice bool // nothing is sold here
}

// Show writes a page. Nothing is written before the whole page is made, so a
// fault in it never shows half a page.
func (b *Book) Show(w http.ResponseWriter, r *http.Request, status int, page string, p any) {
	lang := Language(r)
	f := Frame{Lang: lang, Switch: otherLanguage(r, lang), Large: Large(r), Size: otherSize(r, Large(r)), Demo: b.kit.Demo, Held: b.kit.Office.Restored(), Locked: !b.kit.Devices.IsOpen(), Counter: b.kit.Counter(r), P: p, Practice: b.kit.Practice}
	b.kit.who(r, &f)
	if b.kit.Station != nil && (f.Device != nil || f.Staff != nil) {
		state := b.kit.Station.State()
		f.Node = &state
	}
	t := b.pages[lang][page]
	if t == nil {
		b.kit.Fault(w, r, fmt.Errorf("there is no page %q", page))
		return
	}
	var out bytes.Buffer
	if err := t.Execute(&out, f); err != nil {
		b.kit.Fault(w, r, fmt.Errorf("making page %s: %w", page, err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang.Tag())
	body := compress(w, r, out.Bytes())
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the reader has gone
}

var secretText = base32.StdEncoding.WithPadding(base32.NoPadding)

// Secret is a fresh secret of 128 bits as 26 letters and digits: an order's
// key, or the id of a form that may be sent twice and is done once.
func (k *Kit) Secret() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(k.Rand, b[:]); err != nil {
		return "", fmt.Errorf("making a secret: %w", err)
	}
	return secretText.EncodeToString(b[:]), nil
}
