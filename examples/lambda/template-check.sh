#!/bin/sh
# Checks the templates with the vendors' own tools, where they are installed:
# cfn-lint for CloudFormation and SAM, terraform validate for cloudflare/. What
# cannot be checked is said, one line for each. Writes to a temporary folder only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if command -v cfn-lint >/dev/null; then
	(cd "$here" && cfn-lint cdn.yml template.yml private.yml region.yml site.yml)
	echo 'template-check: cfn-lint has no findings'
else
	echo 'template-check: cfn-lint is not installed: the templates are not linted'
fi

if ! command -v terraform >/dev/null; then
	echo 'template-check: terraform is not installed: cloudflare/ is not validated'
	exit 0
fi
terraform fmt -check -recursive "$here/cloudflare"
# Providers come from TERRAFORM_PLUGINS, a folder in the layout of terraform
# providers mirror, or from the public registry where it can be reached.
for module in . api-domain; do
	rm -rf "$work/cloudflare"
	cp -R "$here/cloudflare" "$work/cloudflare"
	if (cd "$work/cloudflare/$module" && terraform init -backend=false ${TERRAFORM_PLUGINS:+-plugin-dir="$TERRAFORM_PLUGINS"} >"$work/init" 2>&1); then
		(cd "$work/cloudflare/$module" && terraform validate)
	else
		echo "template-check: the providers of cloudflare/$module are not available: it is not validated"
	fi
done
