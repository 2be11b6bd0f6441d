package cloudfront

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// A cloudflareResource is a resource of Cloudflare's provider, version 4 or 5.
type cloudflareResource struct {
	kind, address string
	values        *value
}

// A zone is what a plan says of a zone at Cloudflare: its cache rules, or page
// rules, and its settings.
type zone struct {
	rules      []*cacheRule
	browserTTL *value // the zone's; nil: the default of four hours

	mu       sync.Mutex
	profiles map[string]*cachetest.Profile // by the rules that match
}

// A cacheRule is a rule of the phase http_request_cache_settings, or a page
// rule.
type cacheRule struct {
	text       string
	expression expression
	parameters *value
	pos        Position
	page       bool
}

// zones makes a distribution for each zone that has cache rules.
func (p *plan) zones() (found []*Distribution) {
	byZone := map[string]*Distribution{}
	var order []string
	of := func(r *cloudflareResource) *Distribution {
		id := r.values.get("zone_id").str()
		if byZone[id] == nil {
			byZone[id] = &Distribution{Name: r.address, Position: r.values.at(), stack: p.stack, zone: &zone{profiles: map[string]*cachetest.Profile{}}}
			order = append(order, id)
		}
		return byZone[id]
	}
	pages := map[string]bool{}
	for _, r := range p.cloudflare {
		switch {
		case r.kind == "cloudflare_ruleset" && r.values.get("phase").str() == "http_request_cache_settings":
			d := of(r)
			d.Name, d.Position = r.address, r.values.at()
			d.zone.readRules(d, r.values.get("rules"))
		case r.kind == "cloudflare_page_rule":
			d := of(r)
			pages[r.values.get("zone_id").str()] = true
			d.zone.readPageRule(d, r.values)
		}
	}
	for _, r := range p.cloudflare {
		id := r.values.get("zone_id").str()
		if byZone[id] == nil {
			continue
		}
		switch {
		case r.kind == "cloudflare_zone_setting" && r.values.get("setting_id").str() == "browser_cache_ttl":
			byZone[id].zone.browserTTL = r.values.get("value")
		case r.kind == "cloudflare_zone_settings_override":
			if ttl := one(r.values.get("settings")).get("browser_cache_ttl"); !ttl.is(absent) {
				byZone[id].zone.browserTTL = ttl
			}
		}
	}
	for _, id := range order {
		d := byZone[id]
		if len(d.zone.rules) == 0 {
			continue
		}
		d.Behaviors = []*Behavior{}
		for _, rule := range d.zone.rules {
			profile := d.zone.profile()
			d.zone.apply(&profile, rule)
			d.Behaviors = append(d.Behaviors, &Behavior{Pattern: rule.text, Position: rule.pos, Profile: profile})
		}
		d.Behaviors = append(d.Behaviors, &Behavior{Pattern: "*", Position: d.Position, Profile: d.zone.profile()})
		found = append(found, d)
	}
	return found
}

// one is the element of a list that is a block in version 4 of the provider.
func one(v *value) *value {
	if elements := v.elements(); len(elements) == 1 {
		return elements[0]
	}
	return v
}

func (z *zone) readRules(d *Distribution, list *value) {
	for _, node := range list.elements() {
		if enabled, ok := node.get("enabled").boolean(); ok && !enabled || node.get("action").str() != "set_cache_settings" {
			continue
		}
		text := node.get("expression")
		rule := &cacheRule{text: text.str(), parameters: one(node.get("action_parameters")), pos: text.at()}
		e, strange, err := parseExpression(text.str())
		switch {
		case err != nil:
			d.unknown(text.at(), "which requests the rule matches: "+err.Error()+"; it is taken to match none")
			continue
		case len(strange) > 0:
			d.unknown(text.at(), "the rule depends on "+strings.Join(strange, ", ")+", which is not simulated")
		}
		rule.expression = e
		z.rules = append(z.rules, rule)
		z.note(d, rule)
	}
}

// note says which settings of a rule are not simulated.
func (z *zone) note(d *Distribution, rule *cacheRule) {
	for _, name := range rule.parameters.keysOf() {
		switch name {
		case "cache", "edge_ttl", "browser_ttl", "respect_strong_etags", "cache_key":
			continue
		}
		if v := rule.parameters.get(name); !v.is(absent) && len(v.items) > 0 || v.is(scalar) && v.text != "false" && v.text != "" || v.is(object) {
			d.unknown(v.at(), name+" is not simulated")
		}
	}
	if browser := one(rule.parameters.get("browser_ttl")); browser.get("mode").str() == "override_origin" {
		d.unknown(browser.at(), "browser_ttl shortens a longer max-age too; the simulator only lengthens a shorter one")
	}
	if codes := one(rule.parameters.get("edge_ttl")).get("status_code_ttl"); len(codes.elements()) > 0 {
		d.unknown(codes.at(), "status_code_ttl is not simulated")
	}
}

func (v *value) keysOf() []string {
	if v == nil {
		return nil
	}
	return v.keys
}

// readPageRule reads a page rule: a pattern of host and path, and actions.
func (z *zone) readPageRule(d *Distribution, values *value) {
	target := values.get("target")
	pattern := strings.TrimPrefix(strings.TrimPrefix(target.str(), "https://"), "http://")
	z.rules = append(z.rules, &cacheRule{
		text: target.str(), parameters: one(values.get("actions")), pos: target.at(), page: true,
		expression: evalFunc(func(r *http.Request) operand {
			return boolean(truth(glob(pattern, r.Host+r.URL.RequestURI())))
		}),
	})
}

// profileFor applies the rules that match a request, in their order.
func (z *zone) profileFor(r *http.Request) *cachetest.Profile {
	matched := make([]byte, len(z.rules))
	for i, rule := range z.rules {
		matched[i] = '0'
		if rule.expression.eval(r).tri() == yes {
			matched[i] = '1'
		}
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if p := z.profiles[string(matched)]; p != nil {
		return p
	}
	p := z.profile()
	for i, rule := range z.rules {
		if matched[i] == '1' {
			z.apply(&p, rule)
		}
	}
	z.profiles[string(matched)] = &p
	return &p
}

// apply sets what a rule says.
//
// https://developers.cloudflare.com/cache/how-to/cache-rules/settings/ (read
// 2026-11-21)
func (z *zone) apply(p *cachetest.Profile, rule *cacheRule) {
	if rule.page {
		z.applyPage(p, rule)
		return
	}
	if eligible, ok := rule.parameters.get("cache").boolean(); ok {
		p.Store.Extensions = nil // every path
		if !eligible {
			p.Store.Extensions, p.Store.Paths = []string{}, nil // none
		}
	}
	edge := one(rule.parameters.get("edge_ttl"))
	switch edge.get("mode").str() {
	case "override_origin":
		if ttl, ok := edge.get("default").seconds(); ok {
			p.TTL.Min, p.TTL.Default, p.TTL.Max = ttl, ttl, ttl
		}
	case "bypass_by_default":
		p.TTL.ByStatus = map[int]time.Duration{}
	case "respect_origin":
		if ttl, ok := edge.get("default").seconds(); ok {
			p.TTL.ByStatus = maps.Clone(p.TTL.ByStatus)
			p.TTL.ByStatus[200] = ttl
		}
	}
	browser := one(rule.parameters.get("browser_ttl"))
	switch browser.get("mode").str() {
	case "respect_origin":
		p.Report.ClientMaxAge = 0
	case "override_origin":
		if ttl, ok := browser.get("default").seconds(); ok {
			p.Report.ClientMaxAge = ttl
		}
	}
	if strong, _ := rule.parameters.get("respect_strong_etags").boolean(); strong {
		p.Compress = cachetest.Compression{}
	}
	z.applyKey(p, one(one(rule.parameters.get("cache_key")).get("custom_key")))
}

// profile is that of a zone without a rule that matches.
func (z *zone) profile() cachetest.Profile {
	p := cachetest.Cloudflare()
	if ttl, ok := z.browserTTL.seconds(); ok {
		p.Report.ClientMaxAge = ttl
	}
	return p
}

func (z *zone) applyKey(p *cachetest.Profile, key *value) {
	query := one(key.get("query_string"))
	if include := query.get("include"); !include.is(absent) {
		p.Key.Query = keyNames(include)
	}
	if exclude := keyNames(query.get("exclude")); slices.Contains(exclude, "*") {
		p.Key.Query = nil
	}
	if headers := keyNames(one(key.get("header")).get("include")); len(headers) > 0 {
		p.Key.Headers = append(slices.Clone(p.Key.Headers), canonical(headers)...)
	}
	if cookies := keyNames(one(key.get("cookie")).get("include")); len(cookies) > 0 {
		p.Key.Cookies = cookies
	}
}

// keyNames are the names of version 5, {list: [...]} or {all: true}, or of
// version 4, [...] or ["*"].
func keyNames(v *value) []string {
	if v.is(object) {
		if all, ok := v.get("all").boolean(); ok && all {
			return []string{"*"}
		}
		v = v.get("list")
	}
	names, _ := v.strings()
	return names
}

func (z *zone) applyPage(p *cachetest.Profile, rule *cacheRule) {
	switch rule.parameters.get("cache_level").str() {
	case "cache_everything":
		p.Store.Extensions = nil
	case "bypass":
		p.Store.Extensions, p.Store.Paths = []string{}, nil
	}
	if ttl, ok := rule.parameters.get("browser_cache_ttl").seconds(); ok {
		p.Report.ClientMaxAge = ttl
	}
	if ttl, ok := rule.parameters.get("edge_cache_ttl").seconds(); ok && ttl > 0 {
		p.TTL.Min, p.TTL.Default, p.TTL.Max = ttl, ttl, ttl
	}
}

// lint checks the rules of a zone.
func (z *zone) lint(l *linter, d *Distribution) {
	for i, rule := range z.rules {
		b := d.Behaviors[i]
		cached := b.Profile.Store.Extensions == nil
		if !cached {
			continue
		}
		edge := one(rule.parameters.get("edge_ttl"))
		if b.Profile.TTL.Min > 0 {
			at := edge.get("default").at()
			if rule.page {
				at = rule.parameters.get("edge_cache_ttl").at()
			}
			l.report("cloudflare-edge-ttl", at, d, b, "the origin's lifetime is overridden with %d s", b.Profile.TTL.Min/time.Second)
		}
		browser := one(rule.parameters.get("browser_ttl"))
		respects := browser.get("mode").str() == "respect_origin" || z.browserTTL.str() == "0" ||
			rule.page && rule.parameters.get("browser_cache_ttl").str() == "0"
		if !respects {
			l.report("cloudflare-browser-ttl", orAt(browser.at(), rule.pos), d, b, "browsers do not get the origin's lifetime")
		}
		if strong, _ := rule.parameters.get("respect_strong_etags").boolean(); !strong && !rule.page {
			l.report("cloudflare-weak-tags", rule.pos, d, b, "respect_strong_etags is not set")
		}
		if len(b.Profile.Key.Query) == 0 {
			l.report("cloudflare-query-ignored", orAt(one(rule.parameters.get("cache_key")).at(), rule.pos), d, b, "the query string is not in the cache key")
		}
	}
}
