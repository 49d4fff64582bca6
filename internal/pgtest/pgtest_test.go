package pgtest

import (
	"testing"
)

// TestStandbyTakesOver: what was committed on the primary is on the stand-by, which takes writes after its promotion.
func TestStandbyTakesOver(t *testing.T) {
	primary := Start(t)
	standby := primary.Standby()
	primary.Exec("CREATE TABLE kept AS SELECT 1 AS n")
	primary.Kill()
	standby.Promote()
	standby.Exec("INSERT INTO kept SELECT n + 1 FROM kept")
}
