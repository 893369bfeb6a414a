package store

import (
	"time"

	"chepiao"
)

// AccountReader reads accounts and what belongs to them within a transaction: as
// stored, without what the running batch has staged. Whoever decides by it writes
// with a version or key that tells when it was wrong.
func (tx *Tx) AccountReader() *Reader { return &Reader{c: tx.s.writer} }

const memberColumns = "member.id, member.token, member.created, member.seen, member.version, member.wrapped, member.sealed"

func scanMember(r rowOf) (chepiao.Member, Sealed) {
	return chepiao.Member{ID: chepiao.MemberID(r.int(0)), Token: chepiao.MemberToken(r.bytes(1)), Created: fromMicros(r.int(2)), Seen: fromMicros(r.int(3)), Version: r.int(4)},
		Sealed{r.bytes(5), r.bytes(6)}
}

// Member reads an account with its sealed contact. Refusal NotFound.
func (r *Reader) Member(id chepiao.MemberID) (m chepiao.Member, contact Sealed, err error) {
	return r.member("SELECT "+memberColumns+" FROM member WHERE id = $1", int64(id))
}

// MemberBy reads the account of who signs in with something. Refusal NotFound.
func (r *Reader) MemberBy(token chepiao.MemberToken) (m chepiao.Member, contact Sealed, err error) {
	return r.member("SELECT "+memberColumns+" FROM member WHERE token = $1", token[:])
}

func (r *Reader) member(sql string, arg any) (m chepiao.Member, contact Sealed, err error) {
	err = r.c.query(sql, []any{arg}, func(r rowOf) error {
		m, contact = scanMember(r)
		return nil
	})
	if err == nil && m.ID == 0 {
		err = noSuchMember
	}
	return m, contact, err
}

// IdleMembers reads the accounts last signed in to before a moment, at most limit.
func (r *Reader) IdleMembers(before time.Time, limit int) (list []chepiao.Member, err error) {
	err = r.c.query("SELECT "+memberColumns+" FROM member WHERE seen < $1 ORDER BY seen, id LIMIT $2", []any{micros(before), limit}, func(r rowOf) error {
		m, _ := scanMember(r)
		list = append(list, m)
		return nil
	})
	return list, err
}

var noSuchMember = chepiao.Refuse(chepiao.NotFound, "没有这个账号", "there is no such account").At("member")

// AddMember stages a new account. Two of one token collide: one of them runs again
// and finds the other.
func (tx *Tx) AddMember(m chepiao.Member, contact Sealed) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO member (id, token, wrapped, sealed, created, seen, version) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			int64(m.ID), m.Token[:], contact.Wrapped, contact.Box, micros(m.Created), micros(m.Seen), m.Version)
	})
}

// SeeMember stages that an account was signed in to; its version is one more than
// the stored.
func (tx *Tx) SeeMember(m chepiao.Member) {
	tx.stage(func(c *conn) error {
		return c.one("UPDATE member SET seen = $1, version = $2 WHERE id = $3 AND version = $4", micros(m.Seen), m.Version, int64(m.ID), m.Version-1)
	})
}

// EraseMember stages the end of an account with everything that belongs to it but
// its orders, which go on without it.
func (tx *Tx) EraseMember(m chepiao.Member) {
	tx.stage(func(c *conn) error {
		return c.one("DELETE FROM member WHERE id = $1 AND version = $2", int64(m.ID), m.Version)
	})
	tx.some("DELETE FROM member_session WHERE member = $1", int64(m.ID))
	tx.some("DELETE FROM member_order WHERE member = $1", int64(m.ID))
	tx.some("DELETE FROM saved_passenger WHERE member = $1", int64(m.ID))
}

// MemberCode is how the codes to one phone stand, with the hash of the last one.
type MemberCode struct {
	chepiao.PhoneCode
	Phone chepiao.MemberToken
	Hash  []byte
}

// MemberCode reads how the codes to a phone stand; none is zero.
func (r *Reader) MemberCode(phone chepiao.MemberToken) (m MemberCode, err error) {
	m.Phone = phone
	err = r.c.query("SELECT hash, made, used, tries, day, asked, version FROM member_code WHERE phone = $1", []any{phone[:]}, func(r rowOf) error {
		m.Hash = r.bytes(0)
		m.PhoneCode = chepiao.PhoneCode{Made: fromMicros(r.int(1)), Used: r.int(2) != 0, Tries: int(r.int(3)), Day: chepiao.Day(r.int(4)), Asked: int(r.int(5)), Version: r.int(6)}
		return nil
	})
	return m, err
}

// PutMemberCode stages how the codes to a phone stand, one version on. Two at once
// collide: so no try goes uncounted.
func (tx *Tx) PutMemberCode(m MemberCode) {
	tx.stage(func(c *conn) error {
		if m.Version == 1 {
			return c.one("INSERT INTO member_code (phone, hash, made, used, tries, day, asked, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				m.Phone[:], m.Hash, micros(m.Made), truth(m.Used), m.Tries, int64(m.Day), m.Asked, m.Version)
		}
		return c.one("UPDATE member_code SET hash = $1, made = $2, used = $3, tries = $4, day = $5, asked = $6, version = $7 WHERE phone = $8 AND version = $9",
			m.Hash, micros(m.Made), truth(m.Used), m.Tries, int64(m.Day), m.Asked, m.Version, m.Phone[:], m.Version-1)
	})
}

// MemberSession says that a member is signed in somewhere. Hash is of the token
// that the browser or app has.
type MemberSession struct {
	Hash   []byte
	Member chepiao.MemberID
	How    string // "phone", "netid"
	Began  time.Time
	Seen   time.Time
}

func scanMemberSession(r rowOf) MemberSession {
	return MemberSession{Hash: r.bytes(0), Member: chepiao.MemberID(r.int(1)), How: r.text(2), Began: fromMicros(r.int(3)), Seen: fromMicros(r.int(4))}
}

const memberSessionColumns = "hash, member, how, began, seen"

// MemberSession reads a session; ok is false when there is none.
func (r *Reader) MemberSession(hash []byte) (s MemberSession, ok bool, err error) {
	err = r.c.query("SELECT "+memberSessionColumns+" FROM member_session WHERE hash = $1", []any{hash}, func(r rowOf) error {
		s, ok = scanMemberSession(r), true
		return nil
	})
	return s, ok, err
}

// MemberSessions reads where a member is signed in, the latest first, at most limit.
func (r *Reader) MemberSessions(id chepiao.MemberID, limit int) (list []MemberSession, err error) {
	err = r.c.query("SELECT "+memberSessionColumns+" FROM member_session WHERE member = $1 ORDER BY began DESC, hash LIMIT $2", []any{int64(id), limit}, func(r rowOf) error {
		list = append(list, scanMemberSession(r))
		return nil
	})
	return list, err
}

// AddMemberSession stages a sign-in.
func (tx *Tx) AddMemberSession(s MemberSession) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO member_session (hash, member, how, began, seen) VALUES ($1, $2, $3, $4, $5)", s.Hash, int64(s.Member), s.How, micros(s.Began), micros(s.Seen))
	})
}

// SeeMemberSession stages that a session was used.
func (tx *Tx) SeeMemberSession(hash []byte, seen time.Time) {
	tx.some("UPDATE member_session SET seen = $1 WHERE hash = $2 AND seen < $1", micros(seen), hash)
}

// EndMemberSession stages the end of a session, if it has not ended.
func (tx *Tx) EndMemberSession(hash []byte) {
	tx.some("DELETE FROM member_session WHERE hash = $1", hash)
}

// EndMemberSessions stages the end of all sessions of a member.
func (tx *Tx) EndMemberSessions(id chepiao.MemberID) {
	tx.some("DELETE FROM member_session WHERE member = $1", int64(id))
}

// ForgetOldAccounts stages that sessions which began before, codes and verdicts on
// names made before, and look-ups older than kept, are dropped.
func (tx *Tx) ForgetOldAccounts(began, made, checked, kept time.Time) {
	tx.some("DELETE FROM member_session WHERE began < $1", micros(began))
	tx.some("DELETE FROM member_code WHERE made < $1", micros(made))
	tx.some("DELETE FROM name_check WHERE at < $1", micros(checked))
	tx.some("DELETE FROM looked WHERE at < $1", micros(kept))
}
