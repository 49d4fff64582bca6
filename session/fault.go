package session

import (
	"corridor.example/corridor"
	"corridor.example/corridor/session/sessionpb"
)

// FaultToWire writes a fault for the wire; no fault is nil.
func FaultToWire(f *corridor.Fault) *sessionpb.Fault {
	if f == nil {
		return nil
	}
	return &sessionpb.Fault{Code: f.Code, Text: f.Text, Field: f.Field, Path: f.Path, Line: uint32(f.Line), Column: uint32(f.Column),
		Occurrence: uint32(f.Occurrence), Rule: f.Rule, Whose: string(f.Whose), Retry: f.Retry}
}

// FaultFromWire reads a fault; none is nil.
func FaultFromWire(f *sessionpb.Fault) *corridor.Fault {
	if f == nil || f.Code == "" {
		return nil
	}
	return &corridor.Fault{Code: f.Code, Text: f.Text, Field: f.Field, Path: f.Path, Line: int(f.Line), Column: int(f.Column),
		Occurrence: int(f.Occurrence), Rule: f.Rule, Whose: corridor.Whose(f.Whose), Retry: f.Retry}
}

// Farewell is the last frame of a session; an orderly end has no fault.
func Farewell(f *corridor.Fault) *sessionpb.FromNetwork {
	return &sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Farewell{Farewell: &sessionpb.Farewell{Fault: FaultToWire(f)}}}
}

// isFarewell reports the last frame.
func isFarewell(f *sessionpb.FromNetwork) bool {
	_, ok := f.Frame.(*sessionpb.FromNetwork_Farewell)
	return ok
}
