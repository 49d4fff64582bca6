package mx

import (
	"strconv"
	"strings"
)

// nameOf is the name of the open element at a depth, as it stands.
func (c *checker) nameOf(depth int) []byte {
	to := int32(len(c.names))
	if depth < c.depth {
		to = c.frames[depth+1].from
	}
	return c.names[c.frames[depth].from:to]
}

// path is the path of the open element at a depth: from AppHdr, Document or DataPDU on.
func (c *checker) path(depth int) string {
	from := depth
	for from > 1 && !(c.frames[from].kind == frameSchema && c.frames[from].elem == 0) {
		from--
	}
	if c.frames[from].kind != frameSchema {
		from = 1
	}
	return c.pathFrom(from, depth)
}

// wrapped is the path with its envelope.
func (c *checker) wrapped(depth int) string { return c.pathFrom(1, depth) }

func (c *checker) pathFrom(from, depth int) string {
	var b strings.Builder
	for d := from; d <= depth; d++ {
		b.WriteByte('/')
		b.Write(localName(c.nameOf(d)))
		if n := c.frames[d].nth; n > 1 {
			b.WriteByte('[')
			b.WriteString(strconv.Itoa(int(n)))
			b.WriteByte(']')
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}
