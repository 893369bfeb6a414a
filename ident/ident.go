// Package ident knows which devices may act for staff. A window, a gate or a
// duty desk is given a secret once, when it is set up; whoever shows it acts in
// that device's name and may do what its role may. Passengers need no device:
// they prove themselves with the key of their order.
//
// Only hashes of the secrets are kept, in one file of the node's data folder.
package ident

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"chepiao"
)

// Device may act for staff. Name is how the journal shows it; Station is the
// business code of the station it stands in, "" when it serves any.
type Device struct {
	Name    string `json:"name"`
	Role    Role   `json:"role"`
	Station string `json:"station,omitempty"`
}

// Limits of the registry. NameMax is what a gate's name may have in a check.
const (
	NameMax    = 40 // characters of a name
	DevicesMax = 10_000
)

const (
	secretPrefix = "cpd_" // tells a leaked secret apart in a log or a repository
	secretBytes  = 20     // 160 bits: 32 characters in base32
)

var spell = base32.StdEncoding.WithPadding(base32.NoPadding)

// Registry is a node's list of devices. It is safe for many callers at once.
type Registry struct {
	path   string
	anyone *Device
	mu     sync.RWMutex
	list   []entry
	read   os.FileInfo // of the file as the list was last read or written; nil when there was none
}

// entry is a device with the hash of its secret. The secret has 160 bits of
// chance, so a plain hash cannot be turned around by trying.
type entry struct {
	Device
	Hash []byte `json:"hash"` // SHA-256
}

// Open reads the registry at a path; a missing file is an empty registry.
func Open(path string) (*Registry, error) {
	r := &Registry{path: path}
	if _, err := r.Reload(); err != nil {
		return nil, fmt.Errorf("opening the devices: %w", err)
	}
	return r, nil
}

// Reload reads the file again if it is another one than before, and says whether
// it was: somebody else may have added or removed devices. After an error the
// list is what it was.
func (r *Registry) Reload() (changed bool, err error) {
	if r.anyone != nil {
		return false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := os.Open(r.path)
	if errors.Is(err, os.ErrNotExist) {
		changed = r.read != nil
		r.list, r.read = nil, nil
		return changed, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	now, err := f.Stat()
	if err != nil || same(r.read, now) {
		return false, err
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return false, err
	}
	var list []entry
	if err := json.Unmarshal(b, &list); err != nil {
		return false, fmt.Errorf("%s is damaged", r.path) // not %w: the cause may quote it
	}
	for _, e := range list {
		if len(e.Hash) != sha256.Size || !e.Role.Valid() || e.Name == "" {
			return false, fmt.Errorf("%s is damaged at %q", r.path, e.Name)
		}
	}
	r.list, r.read = list, now
	return true, nil
}

func same(a, b os.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// Anyone is a registry in which every caller counts as one device: for a demo
// and for measuring, never on a network that others reach.
func Anyone(d Device) *Registry { return &Registry{anyone: &d} }

// IsOpen says that every caller may act for staff.
func (r *Registry) IsOpen() bool { return r.anyone != nil }

// Add gives a new device its secret, which is returned this once and kept
// nowhere. Refusals: Invalid (role, name, or a name in use), TooMany.
func (r *Registry) Add(role Role, name, station string, rand io.Reader) (secret string, err error) {
	if err := check(role, name, station); err != nil {
		return "", err
	}
	var chance [secretBytes]byte
	if _, err := io.ReadFull(rand, chance[:]); err != nil {
		return "", fmt.Errorf("making a device's secret: %w", err)
	}
	secret = secretPrefix + strings.ToLower(spell.EncodeToString(chance[:]))
	hash := sha256.Sum256([]byte(secret))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.find(name) >= 0 {
		return "", chepiao.Refuse(chepiao.Invalid, "已有同名设备", "there is a device of this name already").At("name")
	}
	if len(r.list) >= DevicesMax {
		return "", chepiao.Refuse(chepiao.TooMany, "设备数量已达上限", "there are too many devices").At("name")
	}
	return secret, r.replace(append(slices.Clone(r.list), entry{Device{name, role, station}, hash[:]}))
}

func check(role Role, name, station string) error {
	if !role.Valid() {
		return chepiao.Refuse(chepiao.Invalid, "设备角色应为 window、gate、desk 或 kiosk", "a device's role is window, gate, desk or kiosk").At("role")
	}
	plain := func(s string) bool {
		return strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c == 0x7F || c == '\uFFFD' }) < 0
	}
	if name == "" || len(name) > NameMax || strings.TrimSpace(name) != name || !plain(name) {
		return chepiao.Refuse(chepiao.Invalid, fmt.Sprintf("设备名称应为 1 到 %d 个字节，首尾无空格", NameMax),
			fmt.Sprintf("a device's name has 1 to %d bytes and no space around it", NameMax)).At("name")
	}
	if len(station) > NameMax || !plain(station) {
		return chepiao.Refuse(chepiao.Invalid, "车站代码有误", "the station's code is wrong").At("station")
	}
	return nil
}

// IsSecret says that something has the form of a device's secret, such as a staff card holds.
func IsSecret(s string) bool { return strings.HasPrefix(s, secretPrefix) }

// Find is the device that a secret belongs to; false when it is no device's.
// It looks at all of them and compares in constant time.
func (r *Registry) Find(secret string) (Device, bool) {
	if r.anyone != nil {
		return *r.anyone, true
	}
	hash := sha256.Sum256([]byte(secret))
	r.mu.RLock()
	defer r.mu.RUnlock()
	found := -1
	for i := range r.list {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(r.list[i].Hash, hash[:]), i, found)
	}
	if found < 0 || !strings.HasPrefix(secret, secretPrefix) {
		return Device{}, false
	}
	return r.list[found].Device, true
}

// Remove takes a device off the list: its secret is worth nothing from now on.
// Refusal NotFound.
func (r *Registry) Remove(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.find(name)
	if i < 0 {
		return chepiao.Refuse(chepiao.NotFound, "没有这个设备", "there is no such device").At("name")
	}
	return r.replace(slices.Delete(slices.Clone(r.list), i, i+1))
}

// List is every device in the order of their names, without their hashes.
func (r *Registry) List() []Device {
	r.mu.RLock()
	defer r.mu.RUnlock()
	devices := make([]Device, len(r.list))
	for i, e := range r.list {
		devices[i] = e.Device
	}
	slices.SortFunc(devices, func(a, b Device) int { return strings.Compare(a.Name, b.Name) })
	return devices
}

func (r *Registry) find(name string) int {
	return slices.IndexFunc(r.list, func(e entry) bool { return e.Name == name })
}

// replace writes the new list so that a crash leaves the old file or the new
// one, then makes it stand.
func (r *Registry) replace(list []entry) error {
	if r.path == "" {
		return errors.New("an open registry keeps no devices")
	}
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(r.path), ".devices-*") // 0600
	if err != nil {
		return fmt.Errorf("keeping the devices: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), r.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keeping the devices: %w", err), os.Remove(f.Name()))
	}
	r.list = list
	r.read, _ = os.Stat(r.path) // if it fails, the file is read once more
	return nil
}
