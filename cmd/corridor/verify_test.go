package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/mt"
)

// proofs is where the recorded receipts of package evidence are: of one MT199, number 3 of MERIDEFFAXXX, received as 12.
func proofs(name string) string { return filepath.Join("..", "..", "evidence", "testdata", name) }

func verifyArgs(more ...string) []string {
	return append([]string{"verify", "--root", proofs("network.pem")}, more...)
}

func TestVerifySaysWhatIsProven(t *testing.T) {
	for name, want := range map[string][]string{
		"accepted.pem": {"VERIFIED: accepted.", "MERIDEFFAXXX signed message number 3 of type fin.199 with the reference REF1 to TAMAJPJTXXXX.",
			"The network lab.corridor accepted it on 2026-03-02", "260302MERIDEFFAXXX0004000003", "No message was given"},
		"refused.pem":       {"VERIFIED: refused.", "refused it on 2026-03-02", "T27 line 3: line is not a BIC"},
		"delivered.pem":     {"VERIFIED: delivered.", "TAMAJPJTAXXX signed that it has it as number 12", "number (OSN)"},
		"returned.pem":      {"VERIFIED: returned.", "TAMAJPJTAXXX signed that it refuses it (number 12): Y01"},
		"originated.pem":    {"VERIFIED: originated.", "The network lab.corridor itself sent message number 9 of type fin.011 to MERIDEFFXXXX", "about the message at 3/1"},
		"with-original.pem": {"VERIFIED: delivered.", "The message at hand is that message, byte for byte."},
	} {
		out := mustRun(t, verifyArgs(proofs(name))...)
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", name, w, out)
			}
		}
	}
	var answer verifiedJSON
	if err := json.Unmarshal([]byte(mustRun(t, verifyArgs("--json", proofs("delivered.pem"))...)), &answer); err != nil {
		t.Fatal(err)
	}
	if !answer.Verified || answer.Outcome != "delivered" || answer.ISN != 3 || answer.OSN != 12 || answer.DeliveredTo != "TAMAJPJTAXXX" || answer.MessageVerified || len(answer.Sentences) != 4 {
		t.Errorf("%+v", answer)
	}
}

// original reads the recorded receipt that holds its message.
func original(t *testing.T) (*evidence.Receipt, []byte) {
	t.Helper()
	text, err := os.ReadFile(proofs("with-original.pem"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.DecodeReceipt(text)
	if err != nil {
		t.Fatal(err)
	}
	return r, r.Original
}

// The message is verified as the sender signed it, and as the receiver's gateway wrote it; altered in any byte it is not.
func TestVerifyMessage(t *testing.T) {
	r, signed := original(t)
	output, err := mt.Output(r.Original, mt.OutputFacts{Receiver: "TAMAJPJTAXXX", Session: 8, OSN: 12, MIR: "260302MERIDEFFAXXX0004000003",
		InputTime: receiptTime(t, r), OutputTime: time.Date(2026, 3, 2, 10, 30, 0, 0, time.UTC), Repeats: []string{""}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "message")
	verify := func(receipt string, m []byte) (int, string) {
		if err := os.WriteFile(file, m, 0o600); err != nil {
			t.Fatal(err)
		}
		status, out, errs := command(verifyArgs(proofs(receipt), file)...)
		return status, out + errs
	}
	for _, c := range []struct {
		receipt string
		message []byte
		status  int
		want    string
	}{
		{"accepted.pem", signed, 0, "is that message, byte for byte."},
		{"delivered.pem", signed, 0, "is that message, byte for byte."},
		{"with-original.pem", output, 0, "as it is written for its receiver; only the receiver's gateway says that it came in session 0008 on 2026-03-02 at 10:30:00 UTC, possibly more than once."},
		{"delivered.pem", output, 1, "this receipt does not hold what the sender signed"},
		{"accepted.pem", []byte("hello"), 1, `the check "message" fails: the message is not the one that the sender signed`},
		{"with-original.pem", bytes.Replace(output, []byte("AXXX0008000012"), []byte("AXXX0008000013"), 1), 1, "is number 000013 of TAMAJPJTAXXX, acknowledged was number 12"},
		{"with-original.pem", bytes.Replace(output, []byte("HELLO"), []byte("HOLLA"), 1), 1, "differs from the output form"},
	} {
		if status, out := verify(c.receipt, c.message); status != c.status || !strings.Contains(out, c.want) {
			t.Errorf("%s with %.40q: exit status %d, want %d and %q in\n%s", c.receipt, c.message, status, c.status, c.want, out)
		}
	}
	claimed := claimedBytes(t, output)
	for i := range output {
		bad := bytes.Clone(output)
		bad[i] ^= 1
		if status, out := verify("with-original.pem", bad); status == 0 && !claimed[i] {
			t.Errorf("byte %d of the output form altered to %q: verifies\n%s", i, bad[i], out)
		}
	}
}

// claimedBytes are the bytes of an output form that only the receiver's gateway witnesses: session and time of output.
func claimedBytes(t *testing.T, output []byte) map[int]bool {
	t.Helper()
	claimed := map[int]bool{}
	for _, part := range []string{"0008", "2603021030"} {
		at := bytes.Index(output, []byte(part))
		if at < 0 {
			t.Fatalf("no %s in %s", part, output)
		}
		for i := range part {
			claimed[at+i] = true
		}
	}
	return claimed
}

func receiptTime(t *testing.T, r *evidence.Receipt) time.Time {
	t.Helper()
	h, err := evidence.DecodeHeader(r.Message.Header)
	if err != nil {
		t.Fatal(err)
	}
	return h.At()
}

func TestVerifyRefuses(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text, err := os.ReadFile(proofs("delivered.pem"))
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Clone(text)
	altered[len(altered)/2] ^= 1
	other := filepath.Join(dir, "other")
	mustRun(t, "ca", "init", "--network", "lab.corridor", "--plain-keys", "--dir", other)

	wantRefusal(t, 1, "NOT VERIFIED: the check", verifyArgs(put("altered", altered))...)
	wantRefusal(t, 1, `"verified": false`, verifyArgs("--json", put("altered", altered))...)
	wantRefusal(t, 1, `the check "form of the file" fails`, verifyArgs(put("longer", append(text, '\n')))...)
	wantRefusal(t, 1, `the check "hub certificate" fails`, "verify", "--root", filepath.Join(other, "network.pem"), proofs("delivered.pem"))
	wantRefusal(t, 3, "is not a receipt", verifyArgs(put("garbage", []byte("hello")))...)
	wantRefusal(t, 3, "no such file", verifyArgs(filepath.Join(dir, "absent"))...)
	wantRefusal(t, 3, "it is another kind of file", verifyArgs(put("large", make([]byte, evidence.MaxReceipt+1)))...)
	wantRefusal(t, 3, "root", "verify", "--root", proofs("delivered.pem"), proofs("delivered.pem"))
	wantRefusal(t, 2, "give RECEIPT [MESSAGE]", verifyArgs("a", "b", "c")...)
}

func TestVerifyCheckpoints(t *testing.T) {
	dir := t.TempDir()
	older, newer := filepath.Join(dir, "older"), proofs("checkpoint.txt")
	note, err := os.ReadFile(newer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(older, note, 0o600); err != nil {
		t.Fatal(err)
	}
	r, _ := original(t)
	proof := filepath.Join(dir, "proof")
	file := (&evidence.Consistency{Hubs: [][]byte{r.Message.Certificate}}).Encode()
	if err := os.WriteFile(proof, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := mustRun(t, verifyArgs("--checkpoint", older, newer, proof)...); !strings.Contains(out, "one history") {
		t.Error(out)
	}
	if out := mustRun(t, verifyArgs("--json", "--checkpoint", older, newer, proof)...); !strings.Contains(out, `"new_pages": 2`) {
		t.Error(out)
	}
	wrong := (&evidence.Consistency{Hubs: [][]byte{r.Message.Certificate}, Proof: []corridor.Digest{{1}}}).Encode()
	if err := os.WriteFile(proof, wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, 1, `the check "one history" fails`, verifyArgs("--checkpoint", older, newer, proof)...)
	wantRefusal(t, 2, "--checkpoint OLD NEW PROOF", verifyArgs("--checkpoint", older, newer)...)
}
