package main

import (
	"os"
	"os/exec"
	"strconv"
)

// behaviorVariable names the behavior, and adapterVariable the adapter, that a
// child process tries.
const behaviorVariable, adapterVariable = "ADAPTERS_BEHAVIOR", "ADAPTERS_ADAPTER"

// child tries one behavior and exits, if this process was started for it. Its
// status is 0 if the behavior holds.
func child() {
	b, err1 := strconv.Atoi(os.Getenv(behaviorVariable))
	a, err2 := strconv.Atoi(os.Getenv(adapterVariable))
	if err1 != nil || err2 != nil {
		return
	}
	if behaviors()[b].holds(adapters()[a]) {
		os.Exit(0)
	}
	os.Exit(1)
}

// holds tries a behavior, in a process of its own if necessary.
func holds(b, a int) bool {
	one := behaviors()[b]
	if !one.apart {
		return one.holds(adapters()[a])
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), behaviorVariable+"="+strconv.Itoa(b), adapterVariable+"="+strconv.Itoa(a))
	return cmd.Run() == nil
}
