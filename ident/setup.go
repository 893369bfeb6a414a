package ident

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// A node begins without a password that somebody could know. Whoever can read its
// terminal or its data folder gets a link, good once and for an hour, by which the
// first administrator makes an account and chooses a password. The link's hash
// lies in a file of the data folder, so that it can be made while the hub runs.

// SetUpFor is how long the link is good.
const SetUpFor = time.Hour

const setUpPrefix = "cpa_"

type setUpFile struct {
	Hash  []byte    `json:"hash"` // SHA-256
	Until time.Time `json:"until"`
}

// OfferSetUp makes the code of a link for a first administrator, or for another one
// where nobody can sign in any more, and keeps its hash in a file. One before is
// worth nothing.
func OfferSetUp(path string, rand io.Reader, now time.Time) (code string, err error) {
	var chance [secretBytes]byte
	if _, err := io.ReadFull(rand, chance[:]); err != nil {
		return "", fmt.Errorf("making a link for setting up: %w", err)
	}
	code = setUpPrefix + strings.ToLower(spell.EncodeToString(chance[:]))
	b, err := json.Marshal(setUpFile{hashOf(code), now.Add(SetUpFor).UTC()})
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".setup-*") // 0600
	if err != nil {
		return "", fmt.Errorf("keeping a link for setting up: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("keeping a link for setting up: %w", err), os.Remove(f.Name()))
	}
	return code, nil
}

// CheckSetUp refuses, as NotFound at code, what is not the code of a link for
// setting up that is still good.
func (a *Accounts) CheckSetUp(code string) error {
	dead := chepiao.Refuse(chepiao.NotFound, "链接已失效，请在服务器上运行 chepiao staff setup 取得新的链接", "this link is not good any more: run  chepiao staff setup  on the server for a new one").At("code")
	if a.setUp == "" || !strings.HasPrefix(code, setUpPrefix) {
		return dead
	}
	b, err := os.ReadFile(a.setUp)
	if errors.Is(err, os.ErrNotExist) {
		return dead
	}
	if err != nil {
		return fmt.Errorf("reading the link for setting up: %w", err)
	}
	var f setUpFile
	if json.Unmarshal(b, &f) != nil || !a.store.Now().Before(f.Until) || subtle.ConstantTimeCompare(f.Hash, hashOf(code)) != 1 {
		return dead
	}
	return nil
}

// SetUp makes an administrator with a password, and uses the link up. An account
// that is there already becomes one, and gets the password. Refusals: NotFound at
// code, Invalid at staff, name or password.
func (a *Accounts) SetUp(ctx context.Context, v Act, code string, no chepiao.StaffNo, name, password string) (s Staff, err error) {
	row, err := rowOf(Staff{No: no, Name: name, Roles: []StaffRole{Administrator}})
	if err == nil {
		err = checkPassword(password, row.No)
	}
	if err == nil {
		err = a.CheckSetUp(code)
	}
	if err != nil {
		return s, err
	}
	if row.Password, err = a.hash.hash(password); err != nil {
		return s, err
	}
	// Whoever removes the file has used the link; of two only one does.
	if err := os.Remove(a.setUp); err != nil {
		return s, fmt.Errorf("using the link for setting up: %w", err)
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = row.No, v.Where
		was, known, err := tx.StaffReader().Staff(row.No)
		if err != nil {
			return err
		}
		if !known {
			row.Created, row.Changed, row.Version = tx.Now, tx.Now, 1
			tx.AddStaff(row)
			return recordStaff(tx, chepiao.StaffWasAdded, v.By, 1, detail{Staff: row.No, What: "set-up", Roles: row.Roles})
		}
		tx.EndStaffSessions(row.No)
		tx.RemoveStaffKeys(row.No, nil)
		was.Name, was.Password, was.Off = row.Name, row.Password, false
		if !strings.Contains(" "+was.Roles+" ", " "+row.Roles+" ") {
			was.Roles = strings.TrimSpace(was.Roles + " " + row.Roles)
		}
		return put(tx, was, v.By, detail{What: "set-up", Roles: was.Roles, Stations: was.Stations})
	})
	if err != nil {
		return s, err
	}
	a.any.Store(true)
	return staffOf(row), nil
}
