package directory

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// legalForms are words that say what kind of firm it is, and words that join others: they do not tell names apart.
var legalForms = wordSet(`ab ad ag ao aps as asa bhd bv ca co company corp corporation dd doo ead ev gmbh group groupe gruppe holding holdings
	inc incorporated int jsc jscb kd kg kk kft limited llc llp lp ltd ltda mbh nv oao ojsc ooo oy oyj pao pcl pjsc plc pao psc pte pty
	pvt qsc sa sab sae sal saog sarl sas sca scrl sdn se societe sp spa spolka srl sro tas tbk ue ulc zao zrt
	a an and at by d de del della der des di die do dos du e el et for fuer fur i in l la las le les los of on the to u und von y`)

// common are words that very many institutions have in their names: they count half.
var common = wordSet(`bank banka banco banca banque banca banc bankas banken bankasi banki banking bankovni commercial credit national central state
	international joint stock public savings trust finance financial`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// folded are letters that no decomposition takes their mark off.
var folded = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "ħ", "h", "&", " and ")

// Words are the words of a name that tell it apart, in its order: lower case, without accents and points, without legal forms and
// words that join. A name of nothing else keeps all its words.
func Words(name string) []string {
	all := strings.FieldsFunc(fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	telling := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return legalForms[w] })
	if len(telling) == 0 {
		return all
	}
	return telling
}

// fold takes case, accents and points off. A point goes without a trace, so that S.A. is sa.
func fold(name string) string {
	if isASCII(name) {
		return strings.ReplaceAll(strings.ToLower(name), ".", "")
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(folded.Replace(strings.ToLower(name))) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '.':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] == '&' { // which is a word of its own
			return false
		}
	}
	return true
}

// profile is a name made ready to compare.
type profile struct {
	name  string
	words []string // sorted, each once
	grams []uint64 // of the sorted words as one text, sorted, with repeats
	runes [][]rune
	heft  int // of the words together
}

func profileOf(name string) *profile {
	words := slices.Compact(slices.Sorted(slices.Values(Words(name))))
	p := &profile{name: name, words: words, grams: grams(strings.Join(words, " "))}
	for _, w := range words {
		p.runes = append(p.runes, []rune(w))
		p.heft += heft(w)
	}
	return p
}

// heft is how much a word counts.
func heft(w string) int {
	if common[w] {
		return 1
	}
	return 2
}

// grams are the runs of three letters of a text with a blank at each end, as numbers, sorted.
func grams(text string) []uint64 {
	r := []rune(" " + text + " ")
	all := make([]uint64, 0, len(r))
	for i := 0; i+2 < len(r); i++ {
		all = append(all, uint64(r[i])<<42|uint64(r[i+1])<<21|uint64(r[i+2]))
	}
	slices.Sort(all)
	return all
}

// dice is how much two sorted sets have in common, 0 to 100: twice what is in both over what is in each (Dice).
func dice(a, b []uint64) int {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	if len(a)+len(b) == 0 {
		return 0
	}
	return 200 * both / (len(a) + len(b))
}

// Similarity is how alike two names are, 0 to 100, whatever the order of their words: the larger of two measures, one over runs of
// three letters of the whole, one over words, where words that nearly agree count in part and common ones half.
func Similarity(a, b string) int { return similarity(profileOf(a), profileOf(b)) }

func similarity(a, b *profile) int {
	if len(a.words) == 0 || len(b.words) == 0 {
		return 0
	}
	return max(dice(a.grams, b.grams), byWords(a, b))
}

// nearWord is how alike two words must be, 0 to 100, to count as one written otherwise: otkritie and otkrytiye are 77.
const nearWord = 70

// byWords pairs each word with the other name's most similar one.
func byWords(a, b *profile) int {
	return (a.found(b) + b.found(a)) / (a.heft + b.heft)
}

// found sums, over the words of a, how alike the most similar word of b is.
func (a *profile) found(b *profile) int {
	sum := 0
	for i, w := range a.words {
		best := 0
		for j, x := range b.words {
			if w == x {
				best = 100
				break
			}
			if n := nearness(a.runes[i], b.runes[j]); n >= nearWord {
				best = max(best, n)
			}
		}
		sum += best * heft(w)
	}
	return sum
}

// nearness is how much of the longer word needs no edit to become the other, 0 to 100 (Levenshtein's distance).
func nearness(a, b []rune) int {
	if len(a) < len(b) {
		a, b = b, a
	}
	if 100*len(b) < nearWord*len(a) || len(a) > MaxName {
		return 0
	}
	var room [MaxName + 1]int
	row := room[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			edited := min(row[j], row[j+1]) + 1
			if x == y {
				edited = min(edited, diagonal)
			}
			diagonal, row[j+1] = row[j+1], min(edited, diagonal+1)
		}
	}
	return 100 * (len(a) - row[len(b)]) / len(a)
}

// within reports that every word of a is one of b, and that one of them is not common.
func (a *profile) within(b *profile) bool {
	telling := false
	for _, w := range a.words {
		if _, ok := slices.BinarySearch(b.words, w); !ok {
			return false
		}
		telling = telling || !common[w]
	}
	return telling
}
