package mt

// maxRuleFields bounds what the rules look at: some compare occurrences with one another, which is quadratic. The
// network's longest message, of 10,000 characters, has at most 1,430 fields (":20:A" and a line end).
const maxRuleFields = 1500

// maxPairs is up to how many values are compared with one another rather than with a map, which takes memory.
const maxPairs = 32

// maxSetWords lets a set of words that must not repeat be one machine word of bits.
const maxSetWords = 64

// maxIdleSets bounds what is remembered of a condition: more alternatives cost more to look at than they spare.
const maxIdleSets = 4
