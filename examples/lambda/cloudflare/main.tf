# Cloudflare before the HTTP API of template.yml or serverless.yml, without
# their CloudFront. Provider version 5.

terraform {
  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.0"
    }
  }
}

variable "zone_id" {
  type = string
}

variable "hostname" {
  description = "What clients ask for, and the custom domain of the HTTP API: api.example.com"
  type        = string
}

variable "api_target" {
  description = "Regional domain name that API Gateway gives for the custom domain"
  type        = string
}

variable "origin_secret" {
  description = "The function's ORIGIN_SECRET"
  type        = string
  sensitive   = true # it stands in the state: keep that private
}

resource "cloudflare_dns_record" "api" {
  zone_id = var.zone_id
  name    = var.hostname
  type    = "CNAME"
  content = var.api_target
  proxied = true # otherwise clients go straight to AWS and nothing is cached
  ttl     = 1    # automatic, the only value of a proxied record
}

resource "cloudflare_zone_setting" "ssl" {
  zone_id    = var.zone_id
  setting_id = "ssl"
  value      = "strict" # Full (strict): TLS to AWS, with its certificate checked
}

resource "cloudflare_ruleset" "cache" {
  zone_id = var.zone_id
  name    = "orders-cache"
  kind    = "zone"
  phase   = "http_request_cache_settings"

  rules = [{
    ref         = "orders_json"
    description = "JSON is cached by rule only"
    # One's own orders are private by their Cache-Control; leaving them out as
    # well costs nothing.
    expression = "(http.host eq \"${var.hostname}\" and starts_with(http.request.uri.path, \"/api/\") and not starts_with(http.request.uri.path, \"/api/me/\"))"
    action     = "set_cache_settings"
    action_parameters = {
      cache                = true
      edge_ttl             = { mode = "bypass_by_default" } # the origin's word; nothing is kept where it is silent
      browser_ttl          = { mode = "respect_origin" }    # else browsers get the zone's four hours
      respect_strong_etags = true                           # If-Match needs the strong tag as it was given
    }
  }]
}

resource "cloudflare_ruleset" "origin_secret" {
  zone_id = var.zone_id
  name    = "orders-origin-secret"
  kind    = "zone"
  phase   = "http_request_late_transform"

  rules = [{
    ref         = "orders_origin_secret"
    description = "The function answers nobody without it"
    expression  = "(http.host eq \"${var.hostname}\")"
    action      = "rewrite"
    action_parameters = {
      headers = {
        "X-Origin-Secret" = {
          operation = "set" # replaces what a client sent
          value     = var.origin_secret
        }
      }
    }
  }]
}
