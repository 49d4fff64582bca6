package mt

// charset is a set of characters as the notation of formats names it; a set of sets is the sum of its bits.
type charset uint16

const (
	setN charset = 1 << iota // digits
	setA                     // capitals
	setC                     // capitals and digits
	setH                     // hexadecimal
	setX                     // text
	setY                     // EDIFACT level A
	setZ                     // information service
	setD                     // digits and the comma
	setE                     // blank
)

// sets names the sets by the letter of the notation.
var setOf = map[byte]charset{'n': setN, 'a': setA, 'c': setC, 'h': setH, 'x': setX, 'y': setY, 'z': setZ, 'd': setD, 'e': setE}

// characters tells for each octet the sets that hold it. Line ends are not in it: the lines of a field are taken
// apart before its characters are looked at.
var characters = buildCharacters()

func buildCharacters() (t [256]charset) {
	put := func(s charset, chars string) {
		for i := 0; i < len(chars); i++ {
			t[chars[i]] |= s
		}
	}
	const digits, capitals, small = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
	put(setN|setC|setH|setX|setY|setZ|setD, digits)
	put(setA|setC|setX|setY|setZ, capitals)
	put(setH, "ABCDEF")
	put(setX|setZ, small)
	put(setX|setY|setZ, "/-?:().,'+ ")
	put(setY|setZ, `=!"%&*<>;`)
	put(setZ, "{@#_")
	put(setD, ",")
	put(setE, " ")
	return t
}

// outside is the index of the first character of s that is not in the set, or -1.
func outside(s string, set charset) int {
	for i := 0; i < len(s); i++ {
		if characters[s[i]]&set == 0 {
			return i
		}
	}
	return -1
}
