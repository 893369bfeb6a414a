package store_test

import (
	"testing"

	"chepiao/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database { return storetest.SQLite(t) })
}
