// Package cachecontrol holds Cache-Control and its targeted siblings as typed
// values, and a middleware that sets them.
package cachecontrol
