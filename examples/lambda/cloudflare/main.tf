# Cloudflare in front of the HTTP API of template.yml or serverless.yml, without
# their CloudFront: the API's own domain with its certificate (api-domain), the
# DNS records, the cache rule and the origin secret. Cloudflare provider version 5.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
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
  description = "The name that clients ask for: api.example.com"
  type        = string
}

variable "http_api" {
  description = "Id of the HTTP API: the output HttpApi of template.yml"
  type        = string
}

variable "origin_secret" {
  description = "The function's ORIGIN_SECRET"
  type        = string
  sensitive   = true # the state has it: keep that private
}

module "api_domain" {
  source   = "./api-domain"
  http_api = var.http_api
  hostname = var.hostname
}

resource "cloudflare_dns_record" "validation" {
  zone_id = var.zone_id
  name    = trimsuffix(module.api_domain.validation.name, ".")
  type    = module.api_domain.validation.type
  content = trimsuffix(module.api_domain.validation.content, ".")
  proxied = false # AWS looks for the record itself
  ttl     = 300   # seconds
}

resource "cloudflare_dns_record" "api" {
  zone_id = var.zone_id
  name    = var.hostname
  type    = "CNAME"
  content = module.api_domain.target
  proxied = true # otherwise clients go straight to AWS and nothing is cached
  ttl     = 1    # automatic, the only value of a proxied record
}

resource "cloudflare_zone_setting" "ssl" {
  zone_id    = var.zone_id
  setting_id = "ssl"
  value      = "strict" # Full (strict): TLS to AWS, with its certificate checked
}

resource "cloudflare_zone_setting" "https" {
  zone_id    = var.zone_id
  setting_id = "always_use_https"
  value      = "on" # a redirect for requests without TLS
}

resource "cloudflare_zone_setting" "tls" {
  zone_id    = var.zone_id
  setting_id = "min_tls_version"
  value      = "1.2" # the default is 1.0
}

resource "cloudflare_ruleset" "cache" {
  zone_id = var.zone_id
  name    = "orders-cache"
  kind    = "zone"
  phase   = "http_request_cache_settings"

  rules = [{
    ref         = "orders_json"
    description = "JSON is cached by rule only"
    # Each user's orders are private by their Cache-Control; leaving them out as
    # well costs nothing.
    expression = "(http.host eq \"${var.hostname}\" and starts_with(http.request.uri.path, \"/api/\") and not starts_with(http.request.uri.path, \"/api/me/\"))"
    action     = "set_cache_settings"
    action_parameters = {
      cache                = true
      edge_ttl             = { mode = "bypass_by_default" } # the origin decides; a response without a lifetime is not stored
      browser_ttl          = { mode = "respect_origin" }    # otherwise browsers get the zone's four hours
      respect_strong_etags = true                           # If-Match needs the strong tag as it was given
      # The whole query string is in the key. A list of parameters (custom_key)
      # requires the Enterprise plan.
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
    description = "The function refuses requests without it"
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
