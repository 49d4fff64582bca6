package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"corridor.example/corridor/internal/pgtest"
)

// smallDisk mounts a file system of a size, for tests that fill it.
func smallDisk(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv(pgtest.NoSkip) != "" {
			t.Fatalf("a small file system could not be mounted: %v", err)
		}
		t.Skipf("a small file system could not be mounted, that takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestSQLiteDiskFull: the page that does not fit is refused with words that help, it is not there, and the journal goes on when there is room.
func TestSQLiteDiskFull(t *testing.T) {
	ctx := context.Background()
	dir := smallDisk(t, "16m")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 6<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	j, l := fill(t, filepath.Join(dir, "journal.db"), 1)
	var refused *Page
	for refused == nil {
		p := l.page(100, 5000)
		err := j.Append(ctx, p)
		if err == nil {
			continue
		}
		if errors.Is(err, ErrInDoubt) || !strings.Contains(err.Error(), "make room") {
			t.Fatalf("append on a full disk: %v", err)
		}
		refused = p
	}
	for range 3 {
		if err := j.Append(ctx, refused); err == nil {
			t.Fatal("the disk has room after all")
		}
	}
	if _, err := j.Read(ctx, refused.Header.Number); !errors.Is(err, ErrNoPage) {
		t.Fatalf("the page that was refused: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	appendPage(t, j, refused)
	appendPage(t, j, l.page(1, 10))
	if r, err := j.Check(ctx, CheckOptions{HubKey: l.hubKey}); err != nil || r.Head != l.head.Hash {
		t.Fatalf("after the disk had room again: %v", err)
	}
}

// TestSQLiteReadOnlyDisk: a journal on a medium that takes no writes can be read and checked, and a hub is told why it cannot write.
func TestSQLiteReadOnlyDisk(t *testing.T) {
	ctx := context.Background()
	dir := smallDisk(t, "16m")
	path := filepath.Join(dir, "journal.db")
	j, l := fill(t, path, 3)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, path, Options{}); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Fatalf("open to write: %v", err)
	}
	read := open(t, path, Options{ReadOnly: true})
	if r, err := read.Check(ctx, CheckOptions{HubKey: l.hubKey}); err != nil || r.Pages != 3 {
		t.Fatalf("check: %+v, %v", r, err)
	}
}
