package main

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"text/template"
	"time"

	"corridor.example/corridor"
)

// samples are messages between invented banks, written for the lab, as templates of sampleValues.
//
//go:embed samples/*.txt
var samples embed.FS

// sampleValues fill a sample.
type sampleValues struct {
	From, ToLT     corridor.LT
	FromBIC, ToBIC corridor.BIC // 8 characters
	Ref, Related   string
	UETR           corridor.UETR
	Day6, Day, Now string // YYMMDD, YYYY-MM-DD, date and time with offset
}

// sample writes the message of a name such as "mt103.fin".
func sample(name string, from, to corridor.LT, ref, related string, uetr corridor.UETR, now time.Time) ([]byte, error) {
	text, err := samples.ReadFile("samples/" + name + ".txt")
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Parse(string(text))
	if err != nil {
		return nil, err
	}
	now = now.UTC()
	v := sampleValues{
		From: from, ToLT: to.Destination(), FromBIC: from.BIC8(), ToBIC: to.BIC8(), Ref: ref, Related: related, UETR: uetr,
		Day6: now.Format("060102"), Day: now.Format("2006-01-02"), Now: now.Format("2006-01-02T15:04:05+00:00"),
	}
	var b bytes.Buffer
	err = t.Execute(&b, v)
	return b.Bytes(), err
}

// newUETR makes a reference of version 4 from the given source.
func newUETR(random io.Reader) (corridor.UETR, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return corridor.UETR(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])), nil
}
