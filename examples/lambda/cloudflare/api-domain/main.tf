# The domain of an HTTP API at API Gateway, with its certificate and mapping. The
# caller puts the two kinds of DNS records into the zone: those of validation,
# and the one that leads viewers to target.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "http_api" {
  description = "Id of the HTTP API: the output HttpApi of template.yml"
  type        = string
}

variable "hostname" {
  description = "The name that clients ask for: api.example.com"
  type        = string
}

resource "aws_acm_certificate" "api" {
  domain_name       = var.hostname # Cloudflare passes the client's Host on, so the API needs a certificate for it
  validation_method = "DNS"        # renews itself as long as the record exists

  lifecycle {
    create_before_destroy = true # a domain in use cannot lose its certificate
  }
}

resource "aws_acm_certificate_validation" "api" {
  certificate_arn = aws_acm_certificate.api.arn # waits until the caller's record is seen
}

resource "aws_apigatewayv2_domain_name" "api" {
  domain_name = var.hostname # the Host that the API accepts besides its own

  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.api.certificate_arn # issued, not merely requested
    endpoint_type   = "REGIONAL"                                         # the only type of HTTP APIs
    security_policy = "TLS_1_2"                                          # the newest that there is
  }
}

resource "aws_apigatewayv2_api_mapping" "api" {
  api_id      = var.http_api                        # the API
  domain_name = aws_apigatewayv2_domain_name.api.id # under its domain
  stage       = "$default"                          # without a mapping key, so that paths stay as they are
}

output "validation" {
  description = "The DNS record that proves the domain is yours"
  value = {
    name    = one(aws_acm_certificate.api.domain_validation_options).resource_record_name
    type    = one(aws_acm_certificate.api.domain_validation_options).resource_record_type
    content = one(aws_acm_certificate.api.domain_validation_options).resource_record_value
  }
}

output "target" {
  description = "The name that the hostname's record refers to"
  value       = aws_apigatewayv2_domain_name.api.domain_name_configuration[0].target_domain_name
}
