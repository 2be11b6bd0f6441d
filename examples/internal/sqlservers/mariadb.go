package sqlservers

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql"
	"github.com/stretchr/testify/require"
)

// A MariaDB is a MariaDB server with a binary log.
type MariaDB struct {
	t      TB
	dir    string
	as     *syscall.SysProcAttr
	server *process
}

// StartMariaDB starts a server with an empty database test.
func StartMariaDB(t TB) *MariaDB {
	t.Helper()
	if _, err := mariadbd(); err != nil {
		t.Skipf("no MariaDB server here (mariadbd is neither on the PATH nor in /usr/sbin): apt-get install mariadb-server")
	}
	m := &MariaDB{t: t}
	m.dir, m.as = folder(t, "mysql")
	run(t, m.dir, m.as, "mariadb-install-db", "--no-defaults", "--datadir="+m.data(), "--auth-root-authentication-method=normal", "--skip-test-db")
	t.Cleanup(m.Stop)
	m.Start()
	db := m.open("")
	_, err := db.Exec("create database test character set utf8mb4")
	require.NoError(t, err)
	return m
}

func mariadbd() (string, error) {
	if path, err := exec.LookPath("mariadbd"); err == nil {
		return path, nil
	}
	_, err := os.Stat("/usr/sbin/mariadbd")
	return "/usr/sbin/mariadbd", err
}

func (m *MariaDB) data() string   { return filepath.Join(m.dir, "data") }
func (m *MariaDB) socket() string { return filepath.Join(m.dir, "socket") }

// Start starts a server that was stopped.
func (m *MariaDB) Start() {
	m.t.Helper()
	path, _ := mariadbd()
	m.server = start(m.t, m.dir, m.as, func() bool {
		db, err := sql.Open("mysql", m.dsn(""))
		require.NoError(m.t, err)
		defer db.Close()
		return db.Ping() == nil
	}, path, "--no-defaults", "--datadir="+m.data(), "--socket="+m.socket(), "--skip-networking", "--pid-file="+filepath.Join(m.dir, "pid"),
		"--log-bin=log", "--binlog-format=ROW", "--server-id=1", "--max-connections=200", "--innodb-flush-log-at-trx-commit=0",
		"--innodb-buffer-pool-size=64M", "--innodb-lock-wait-timeout=5", "--sync-binlog=0")
}

// Stop ends the server.
func (m *MariaDB) Stop() { m.server.stop(syscall.SIGTERM) }

func (m *MariaDB) dsn(database string) string {
	return fmt.Sprintf("root@unix(%s)/%s?parseTime=true&interpolateParams=false", m.socket(), database)
}

func (m *MariaDB) open(database string) *sql.DB {
	m.t.Helper()
	db, err := sql.Open("mysql", m.dsn(database))
	require.NoError(m.t, err)
	db.SetMaxIdleConns(64)
	m.t.Cleanup(func() { db.Close() })
	return db
}

// Folder returns a folder that the server reads files from.
func (m *MariaDB) Folder() string { return m.dir }

// As opens a database as another user, without a password.
func (m *MariaDB) As(user, database string) *sql.DB {
	m.t.Helper()
	db, err := sql.Open("mysql", fmt.Sprintf("%s@unix(%s)/%s?parseTime=true", user, m.socket(), database))
	require.NoError(m.t, err)
	m.t.Cleanup(func() { db.Close() })
	return db
}

// Open opens the database test.
func (m *MariaDB) Open() *sql.DB { return m.open("test") }

// OpenDatabase opens a database that exists.
func (m *MariaDB) OpenDatabase(name string) *sql.DB { return m.open(name) }
