package directory_test

import (
	"testing"

	"corridor.example/corridor"
	. "corridor.example/corridor/directory"
	"corridor.example/corridor/internal/canonical"
)

// act is the body of an act with these changes.
func act(t testing.TB, changes ...Change) []byte {
	t.Helper()
	b, err := canonical.Marshal(Body{Changes: changes})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// apply takes the changes as one act.
func apply(t testing.TB, d *Directory, changes ...Change) {
	t.Helper()
	at := corridor.Position{Page: d.Version() + 1}
	if err := d.Apply(at, int64(d.Version()+1)*1_000_000_000, act(t, changes...)); err != nil {
		t.Fatal(err)
	}
}

func entity(id EntityID, name, country string) Change {
	return Change{Entity: &Entity{ID: id, Name: name, Country: country, Status: Active}}
}

func office(bic corridor.BIC, entity EntityID) Change {
	return Change{Office: &Office{BIC: bic, Entity: entity, Status: Active}}
}

func branch(bic corridor.BIC, name string) Change {
	return Change{Office: &Office{BIC: bic, Name: name, Status: Active}}
}

func owns(owner EntityID, percent corridor.Decimal, owned EntityID) Change {
	return Change{Ownership: &Ownership{Owner: owner, Owned: owned, Percent: percent, Direct: true, From: "2010-01-01"}}
}

// acceptance is the institutions of the acceptance scenarios.
func acceptance(t testing.TB) *Directory {
	d := New()
	apply(t, d,
		entity("LE-VOSTROVA", "Vostrova Bank", "RU"), entity("LE-VOSTROVA-SEV", "Vostrova Sever", "RU"), entity("LE-VOSTROVA-HALF", "Vostrova Partner Bank", "RU"),
		entity("LE-VOSTROVA-KZ", "Vostrova Bank Kazakhstan", "KZ"), entity("LE-VOSTROVA-DE", "Vostrova Bank Europe SE", "DE"), entity("LE-VOSTROVA-INS", "Vostrova Insurance", "RU"),
		entity("LE-GAZOLIN", "Gazolin Bank", "RU"), entity("LE-SBEROVSK", "Sberovsk", "RU"),
		entity("LE-BDR", "Bank for Development and Reconstruction", "BY"), entity("LE-DBR", "Development Bank of the Republic", "BY"),
		entity("LE-DEUS", "Deus Bank AG", "DE"), entity("LE-BUREAU", "Bureau Brussels", "BE"),
		office("ZQVARUMM", "LE-VOSTROVA"), office("ZQVSRUMM", "LE-VOSTROVA-SEV"), office("ZQVHRUMM", "LE-VOSTROVA-HALF"), office("ZQVKKZKA", "LE-VOSTROVA-KZ"),
		office("ZQVEDEFF", "LE-VOSTROVA-DE"), office("ZQGARUMM", "LE-GAZOLIN"), office("ZQSBRUMM", "LE-SBEROVSK"), office("ZQBDBY2X", "LE-BDR"), office("ZQRDBY2X", "LE-DBR"),
		office("ZQDEDEFF", "LE-DEUS"), office("ZQBUBEBB", "LE-BUREAU"), branch("ZQVARUMMSPB", "Vostrova Bank, Saint Petersburg"),
		owns("LE-VOSTROVA", "60", "LE-VOSTROVA-SEV"), owns("LE-VOSTROVA", "50", "LE-VOSTROVA-HALF"), owns("LE-VOSTROVA", "100", "LE-VOSTROVA-KZ"),
		owns("LE-VOSTROVA", "100", "LE-VOSTROVA-DE"), owns("LE-VOSTROVA", "100", "LE-VOSTROVA-INS"),
	)
	return d
}

func TestABranchIsListedUnderItsHeadOffice(t *testing.T) {
	d := acceptance(t)
	if d.SetStanding(corridor.Position{}, "ZQVARUMM", Suspended, 1646953200000000000); d.LookUp("ZQVARUMMSPB").Status != Suspended {
		t.Error("the branch of a suspended BIC8 is not suspended")
	}
}
