#!/bin/sh
# Packages serverless.yml with osls, without AWS credentials, and looks at what
# came out. Needs go, and npm with its registry; writes to a temporary folder only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v npm >/dev/null || { echo "package-check: npm is not installed" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && npm install --no-audit --no-fund --no-save --loglevel=error osls@4)
mkdir "$work/service"
cp "$here/serverless.yml" "$here/cdn.yml" "$work/service/"
(cd "$here" && GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -tags lambda.norpc -o "$work/service/bootstrap" .)

cd "$work/service"
# An environment of its own: no credentials and no configuration of the caller.
env -i PATH="$PATH" HOME="$work" ORIGIN_SECRET=not-a-secret-0123456789 DATABASE_URL=postgres://not-a-password@db/orders \
	USERS='{"not-a-token":"Leia"}' \
	"$work/node_modules/.bin/osls" package

node - <<'JS'
const assert = require('assert');
const text = require('fs').readFileSync('.serverless/cloudformation-template-update-stack.json', 'utf8');
assert(!text.includes('not-a-'), 'a secret stands in the template');
const { Resources, Parameters, Outputs } = JSON.parse(text);
const only = (type) => {
  const found = Object.values(Resources).filter((r) => r.Type === type);
  assert.strictEqual(found.length, 1, type);
  return found[0].Properties;
};
assert.strictEqual(Parameters.OriginSecret.NoEcho, true);
assert.strictEqual(Parameters.DatabaseUrl.NoEcho, true);
assert.strictEqual(Parameters.Users.NoEcho, true);
assert.strictEqual(only('AWS::ApiGatewayV2::Integration').PayloadFormatVersion, '2.0');
assert.strictEqual(only('AWS::ApiGatewayV2::Stage').StageName, '$default');
assert.strictEqual(only('AWS::ApiGatewayV2::Route').RouteKey, '$default');
assert.strictEqual(only('AWS::ApiGatewayV2::Api').CorsConfiguration, undefined);
assert(JSON.stringify(only('AWS::Lambda::Permission').SourceArn).includes('HttpApi'), 'the permission is open');
const fn = only('AWS::Lambda::Function');
assert.deepStrictEqual([fn.Runtime, fn.Timeout, fn.Architectures[0]], ['provided.al2023', 29, 'arm64']);
assert.deepStrictEqual(fn.Environment.Variables, { ORIGIN_SECRET: { Ref: 'OriginSecret' }, DATABASE_URL: { Ref: 'DatabaseUrl' }, USERS: { Ref: 'Users' } });
const cdn = only('AWS::CloudFront::Distribution').DistributionConfig;
assert.deepStrictEqual(cdn.Origins[0].OriginCustomHeaders[0].HeaderValue, { Ref: 'OriginSecret' });
assert(Resources.HttpApi, 'what cdn.yml refers to');
assert.strictEqual(only('AWS::CloudFront::CachePolicy').CachePolicyConfig.MinTTL, 0);
assert(Outputs.Url);
console.log('package-check: serverless.yml packages, with CloudFront before its HTTP API');
JS
