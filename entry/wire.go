package entry

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// value is one field's value as it stands on the wire; bytes alias the input.
type value struct {
	wire  protowire.Type
	num   uint64
	bytes []byte
}

var (
	errMalformed = errors.New("bytes are not a well-formed message of this format")
	errOrder     = errors.New("fields are out of order, repeated or empty: not the one form that this format has")
)

// nextField reads one field. Only varint and length-delimited fields occur.
func nextField(b []byte) (n protowire.Number, v value, rest []byte, err error) {
	n, v.wire, rest, err = nextTag(b)
	if err != nil {
		return
	}
	switch v.wire {
	case protowire.VarintType:
		x, l := protowire.ConsumeVarint(rest)
		if l < 0 || l != protowire.SizeVarint(x) {
			return 0, v, nil, errMalformed
		}
		v.num, rest = x, rest[l:]
	case protowire.BytesType:
		size, l := protowire.ConsumeVarint(rest)
		if l < 0 || l != protowire.SizeVarint(size) || size > uint64(len(rest)-l) {
			return 0, v, nil, errMalformed
		}
		v.bytes, rest = rest[l:l+int(size):l+int(size)], rest[l+int(size):]
	default:
		return 0, v, nil, errMalformed
	}
	return n, v, rest, nil
}

func nextTag(b []byte) (protowire.Number, protowire.Type, []byte, error) {
	n, t, l := protowire.ConsumeTag(b)
	if l < 0 || l != protowire.SizeTag(n) {
		return 0, 0, nil, errMalformed
	}
	return n, t, b[l:], nil
}

// eachField calls take for each field of b and refuses every form but the one that append writes:
// ascending field numbers, each at most once, no zero and no empty value.
func eachField(b []byte, take func(protowire.Number, value) error) error {
	var last protowire.Number
	for len(b) > 0 {
		n, v, rest, err := nextField(b)
		if err != nil {
			return err
		}
		if n <= last || v.wire == protowire.VarintType && v.num == 0 || v.wire == protowire.BytesType && len(v.bytes) == 0 {
			return errOrder
		}
		if err := take(n, v); err != nil {
			return err
		}
		last, b = n, rest
	}
	return nil
}

func unknownField(n protowire.Number) error {
	return fmt.Errorf("field %d is not known to this version", n)
}

// Setters of one field; each refuses the wrong wire type.
func setBytes(dst *[]byte, v value) error {
	if v.wire != protowire.BytesType {
		return errMalformed
	}
	*dst = v.bytes
	return nil
}

// setString lets the string share the input's memory: entries, statements and frames are never altered once read, and
// six copies a message would cost more than the rest of the decoding.
func setString[T ~string](dst *T, v value) error {
	if v.wire != protowire.BytesType || !utf8.Valid(v.bytes) {
		return errMalformed
	}
	*dst = T(unsafe.String(unsafe.SliceData(v.bytes), len(v.bytes)))
	return nil
}

func setUint[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int | ~int64](dst *T, v value) error {
	if v.wire != protowire.VarintType || uint64(T(v.num)) != v.num || T(v.num) < 0 {
		return errMalformed
	}
	*dst = T(v.num)
	return nil
}

func setBool(dst *bool, v value) error {
	if v.wire != protowire.VarintType || v.num != 1 {
		return errMalformed
	}
	*dst = true
	return nil
}

func setDigest(dst *KeyID, v value) error {
	if v.wire != protowire.BytesType || len(v.bytes) != len(dst) {
		return errMalformed
	}
	copy(dst[:], v.bytes)
	return nil
}

func appendUint(b []byte, n protowire.Number, x uint64) []byte {
	if x == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), x)
}

func appendBool(b []byte, n protowire.Number, x bool) []byte {
	if !x {
		return b
	}
	return appendUint(b, n, 1)
}

func appendBytes[T ~string | ~[]byte](b []byte, n protowire.Number, x T) []byte {
	if len(x) == 0 {
		return b
	}
	b = protowire.AppendTag(b, n, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(x)))
	return append(b, x...)
}

// appendText writes free text, made to fit: what comes from a message may be no UTF-8 and of any length, and what is stored must
// be read again.
func appendText[T ~string](b []byte, n protowire.Number, x T, most int) []byte {
	s := string(x)
	if len(s) > most {
		s = s[:most]
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	return appendBytes(b, n, s)
}

func appendDigest(b []byte, n protowire.Number, d KeyID) []byte {
	if d.IsZero() {
		return b
	}
	return appendBytes(b, n, d[:])
}

// fixLength writes the length of b[at+1:] at place at, where one byte was left for it, moving the body if it needs more.
func fixLength(b []byte, at int) []byte {
	size := len(b) - at - 1
	extra := protowire.SizeVarint(uint64(size)) - 1
	if extra > 0 {
		b = append(b, make([]byte, extra)...)
		copy(b[at+1+extra:], b[at+1:at+1+size])
	}
	protowire.AppendVarint(b[:at], uint64(size))
	return b
}
