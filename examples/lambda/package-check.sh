#!/bin/sh
# Packages serverless.yml with osls, without AWS credentials, and checks the
# resulting template. Needs go, and npm with its registry; writes to a temporary folder only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v npm >/dev/null || { echo "package-check: npm is not installed" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && npm install --no-audit --no-fund --no-save --loglevel=error osls@4)
mkdir "$work/service"
cp "$here/serverless.yml" "$here/cdn.yml" "$work/service/"
(cd "$here" && GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -tags lambda.norpc -ldflags='-s -w' -o "$work/service/bootstrap" .)

cd "$work/service"
# An environment of its own: no credentials and no configuration of the caller.
env -i PATH="$PATH" HOME="$work" ORIGIN_SECRET=not-a-secret-0123456789 DATABASE_URL=postgres://not-a-password@db/orders \
	USERS='{"not-a-token":"Leia"}' \
	"$work/node_modules/.bin/osls" package

if command -v cfn-lint >/dev/null; then
	# W3005: dependencies that the framework itself repeats.
	cfn-lint -i W3005 -- .serverless/cloudformation-template-update-stack.json
else
	echo 'package-check: cfn-lint is not installed: the packaged template is not linted'
fi

# The same rules as for the template's source, on what was made of it.
template=$PWD/.serverless/cloudformation-template-update-stack.json
(cd "$here/../../contrib/cloudfront" && GOWORK=off go run ./cmd/freshen lint "$template")

node - <<'JS'
const assert = require('assert');
const text = require('fs').readFileSync('.serverless/cloudformation-template-update-stack.json', 'utf8');
assert(!text.includes('not-a-'), 'the template contains a secret');
const { Resources, Parameters, Conditions, Outputs } = JSON.parse(text);
const only = (type) => {
  const found = Object.values(Resources).filter((r) => r.Type === type);
  assert.strictEqual(found.length, 1, type);
  return found[0].Properties;
};
assert.strictEqual(Parameters.OriginSecret.NoEcho, true);
assert.strictEqual(Parameters.OtherOriginSecret.NoEcho, true);
assert.strictEqual(Parameters.DatabaseUrl.NoEcho, true);
assert.strictEqual(Parameters.Users.NoEcho, true);
assert.strictEqual(only('AWS::ApiGatewayV2::Integration').PayloadFormatVersion, '2.0');
const stage = only('AWS::ApiGatewayV2::Stage');
assert.strictEqual(stage.StageName, '$default');
assert.strictEqual(stage.DefaultRouteSettings.ThrottlingRateLimit, 100);
assert(stage.AccessLogSettings.Format.includes('$context.status'));
assert.strictEqual(only('AWS::ApiGatewayV2::Route').RouteKey, '$default');
assert.strictEqual(only('AWS::ApiGatewayV2::Api').CorsConfiguration['Fn::If'][0], 'HasCors');
assert(Conditions.HasCors && Conditions.HasAlias);
assert(JSON.stringify(only('AWS::Lambda::Permission').SourceArn).includes('HttpApi'), 'the permission is open');
const fn = only('AWS::Lambda::Function');
assert.deepStrictEqual([fn.Runtime, fn.Timeout, fn.Architectures[0]], ['provided.al2023', 29, 'arm64']);
assert.deepStrictEqual(fn.Environment.Variables, { ORIGIN_SECRET: { Ref: 'OriginSecret' }, ORIGIN_SECRET_OTHER: { Ref: 'OtherOriginSecret' }, DATABASE_URL: { Ref: 'DatabaseUrl' }, USERS: { Ref: 'Users' } });
assert.strictEqual(fn.ReservedConcurrentExecutions, 50);
assert.strictEqual(fn.LoggingConfig.LogFormat, 'JSON');
for (const group of Object.values(Resources).filter((r) => r.Type === 'AWS::Logs::LogGroup')) assert.strictEqual(group.Properties.RetentionInDays, 30);
const cdn = only('AWS::CloudFront::Distribution').DistributionConfig;
assert.deepStrictEqual(cdn.Origins[0].OriginCustomHeaders[0].HeaderValue, { Ref: 'OriginSecret' });
assert(Resources.HttpApi, 'cdn.yml refers to HttpApi');
for (const policy of Object.values(Resources).filter((r) => r.Type === 'AWS::CloudFront::CachePolicy')) assert.strictEqual(policy.Properties.CachePolicyConfig.MinTTL, 0);
assert(Outputs.Url);
console.log('package-check: serverless.yml packages, with CloudFront before its HTTP API');
JS
