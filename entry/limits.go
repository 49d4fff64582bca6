package entry

// maxWord bounds codes, field names and rules' names in entries, which are short by nature: an entry must fit into a receipt whatever
// a fault says.
const maxWord = 200
