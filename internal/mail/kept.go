package mail

import (
	"database/sql"
	"fmt"
)

// Kept is a piece of what mails are made of, which the user of the queue needs again when its source no longer has it.
type Kept struct {
	Page  uint64
	Index uint32
	Bytes []byte
}

func keep(tx *sql.Tx, pieces []Kept) error {
	for _, k := range pieces {
		if _, err := tx.Exec(`INSERT OR IGNORE INTO kept VALUES (?, ?, ?)`, int64(k.Page), k.Index, k.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// KeptOf is what was kept of a page, in the order of index.
func (q *Queue) KeptOf(page uint64) ([]Kept, error) {
	rows, err := q.db.Query(`SELECT part, bytes FROM kept WHERE page = ? ORDER BY part`, int64(page))
	if err != nil {
		return nil, fmt.Errorf("mail queue: %w", err)
	}
	defer rows.Close()
	var all []Kept
	for rows.Next() {
		k := Kept{Page: page}
		if err := rows.Scan(&k.Index, &k.Bytes); err != nil {
			return nil, fmt.Errorf("mail queue: %w", err)
		}
		all = append(all, k)
	}
	return all, rows.Err()
}
