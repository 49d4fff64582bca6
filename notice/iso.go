package notice

import (
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/mx"
)

// systemEvent is the message with which a network tells its members of an event.
const systemEvent corridor.MessageType = "admi.004.001.02"

// EventCode is the occasion in the four characters that admi.004 has for it.
func (o Occasion) EventCode() string {
	switch o {
	case Published:
		return "OPUB"
	case SevenDays, OneDay, OneHour, Planned:
		return "OREM"
	case InForce:
		return "OINF"
	case After:
		return "ODAY"
	case Paused:
		return "OPAU"
	case Resumed, PauseEnded:
		return "ORES"
	case Withdrawn:
		return "OWDR"
	case Lifted:
		return "OLFT"
	case Expired:
		return "OEXP"
	case Superseded:
		return "OSUP"
	case Readmitted:
		return "ORDM"
	case Stepped:
		return "OSTP"
	}
	return "ORDR"
}

// SystemEvents is the notice as ISO 20022 has such things: admi.004, as many as the text needs. EvtParam is the notice's number and part, the
// order's id, its digest in two halves; EvtTm the order's instant.
func (n *Notice) SystemEvents(to corridor.BIC) ([][]byte, error) {
	parts := split(n.FINLines(), eventText, "\n")
	var out [][]byte
	for i, p := range parts {
		m := mx.NewMessage(systemEvent)
		id := fmt.Sprintf("%s-%03d", n.Series(), i+1)
		head(m, n.Issuer.BIC, to, id, n.At)
		digest := n.Document.String()
		m.Document.Set("SysEvtNtfctn/EvtInf/EvtCd", n.Due.Why.EventCode())
		for j, v := range []string{fmt.Sprintf("%s %d/%d", n.Series(), i+1, len(parts)), oneLine(n.Order.ID, 35), digest[:32], digest[32:]} {
			m.Document.Set(fmt.Sprintf("SysEvtNtfctn/EvtInf/EvtParam[%d]", j+1), v)
		}
		m.Document.Set("SysEvtNtfctn/EvtInf/EvtDesc", p)
		m.Document.Set("SysEvtNtfctn/EvtInf/EvtTm", isoTime(n.Order.EffectiveAt()))
		b, faults := m.Write(mx.Options{Profile: mx.SchemaOnly})
		if len(faults) > 0 {
			return nil, fmt.Errorf("notice %s for %s: %w", n.Series(), to, &faults[0])
		}
		out = append(out, b)
	}
	return out, nil
}

// head fills in the business header of a message of the network.
func head(m *mx.Message, from, to corridor.BIC, reference string, at int64) {
	m.AppHdr.Set("Fr/FIId/FinInstnId/BICFI", string(from))
	m.AppHdr.Set("To/FIId/FinInstnId/BICFI", string(to))
	m.AppHdr.Set("BizMsgIdr", reference)
	m.AppHdr.Set("MsgDefIdr", string(m.Type))
	m.AppHdr.Set("CreDt", isoTime(at))
}

func timeOf(t int64) time.Time { return time.Unix(0, t).UTC() }

func instantText(t int64) string { return timeOf(t).Format(time.RFC3339) }

func isoTime(t int64) string { return timeOf(t).Format("2006-01-02T15:04:05+00:00") }
