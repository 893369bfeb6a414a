package store_test

import (
	"fmt"
	"os"
	"testing"

	"chepiao/store/storetest"
)

var server storetest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
		code = 1
	}
	os.Exit(code)
}

func TestPostgreSQL(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database { return server.PostgreSQL(t) })
}

func TestPostgreSQLShared(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T) storetest.Database { return server.PostgreSQL(t) })
}

func TestPostgreSQLFaults(t *testing.T) {
	storetest.RunFaults(t, func(t *testing.T) storetest.Database { return server.PostgreSQL(t) })
}
