package main

import "corridor.example/corridor/hub"

// standards is what the configuration's word asks the hub to check.
func standards(which string) hub.Standards {
	if which == "header" {
		return hub.HeaderStandards
	}
	return hub.FullStandards
}
