package store

import "chepiao"

// RulesRow is one version of the rules: from when it stands, who set it and why.
type RulesRow struct {
	Rules     *chepiao.Rules
	Effective int64 // microseconds since 1970
	Author    string
	Reason    string
}

// Rules reads every version of the rules, oldest first.
func (r *Reader) Rules() (rows []RulesRow, err error) {
	err = r.c.query("SELECT version, effective, author, reason, body FROM rules ORDER BY version", nil, func(r rowOf) error {
		rules, err := chepiao.ParseRules(r.bytes(4))
		if err != nil {
			return err
		}
		rules.Version = r.int(0)
		rows = append(rows, RulesRow{rules, r.int(1), r.text(2), r.text(3)})
		return nil
	})
	return rows, err
}

// AddRules stages a new version of the rules, effective now.
func (tx *Tx) AddRules(rules *chepiao.Rules, author, reason string) {
	effective := micros(tx.Now)
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO rules (version, effective, author, reason, body) VALUES ($1, $2, $3, $4, $5)",
			rules.Version, effective, author, reason, rules.JSON())
	})
}
