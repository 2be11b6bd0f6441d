package main

import "github.com/freshen-go/freshen/cachetest"

// subjects returns the profiles that the suite is run against, and the number
// of agreeing tests that the documentation of package cachetest states.
func subjects() []subject {
	onError := cachetest.RFC9111()
	onError.Errors.Stale = cachetest.StaleUnlessForbidden
	return []subject{
		{name: "rfc9111", profile: cachetest.RFC9111()},
		{name: "rfc9111-stale", profile: onError},
		{name: "browser", profile: cachetest.Browser(), browser: true, published: "chrome.json", least: 229},
		{name: "fastly", profile: cachetest.Fastly(), published: "fastly.json", least: 352},
		{name: "nginx", profile: cachetest.Nginx(), published: "nginx.json", least: 356},
		{name: "varnish", profile: cachetest.Varnish(), published: "varnish.json", least: 358},
		{name: "squid", profile: cachetest.Squid(), published: "squid.json", least: 354},
		{name: "trafficserver", profile: cachetest.TrafficServer(), published: "trafficserver.json", least: 343},
	}
}
