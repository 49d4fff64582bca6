package mt

// maxRuleFields bounds what the rules look at: some compare occurrences with one another, and a message of 10,000
// characters, the longest of the network, has fewer fields than this.
const maxRuleFields = 4096

// maxSetWords lets a set of words that must not repeat be one machine word of bits.
const maxSetWords = 64

// maxIdleSets bounds what is remembered of a condition: more alternatives cost more to look at than they spare.
const maxIdleSets = 4
