// What cdk synth makes of this is Orders.template.json (aws-cdk-lib 2.276.0).
const cdk = require('aws-cdk-lib');
const cf = require('aws-cdk-lib/aws-cloudfront');
const origins = require('aws-cdk-lib/aws-cloudfront-origins');
const s3 = require('aws-cdk-lib/aws-s3');
const lambda = require('aws-cdk-lib/aws-lambda');
const api = require('aws-cdk-lib/aws-apigatewayv2');
const app = new cdk.App({ outdir: 'cdk.out', analyticsReporting: false });
const stack = new cdk.Stack(app, 'Orders');
const http = new api.HttpApi(stack, 'Api', { corsPreflight: { allowOrigins: ['https://app.example.com'] } });
const files = new s3.Bucket(stack, 'Files');
const lists = new cf.CachePolicy(stack, 'Lists', {
  minTtl: cdk.Duration.seconds(0), defaultTtl: cdk.Duration.seconds(0), maxTtl: cdk.Duration.days(365),
  queryStringBehavior: cf.CacheQueryStringBehavior.allowList('search'),
  headerBehavior: cf.CacheHeaderBehavior.allowList('Origin'),
  enableAcceptEncodingGzip: true, enableAcceptEncodingBrotli: true,
});
const origin = new origins.HttpOrigin(cdk.Fn.select(2, cdk.Fn.split('/', http.apiEndpoint)), { customHeaders: { 'X-Origin-Secret': 'not-a-secret-0123456789' } });
new cf.Distribution(stack, 'Cdn', {
  defaultBehavior: { origin: origins.S3BucketOrigin.withOriginAccessControl(files), viewerProtocolPolicy: cf.ViewerProtocolPolicy.REDIRECT_TO_HTTPS },
  additionalBehaviors: {
    '/api/orders': { origin, cachePolicy: lists, allowedMethods: cf.AllowedMethods.ALLOW_ALL, viewerProtocolPolicy: cf.ViewerProtocolPolicy.HTTPS_ONLY,
      originRequestPolicy: cf.OriginRequestPolicy.CORS_S3_ORIGIN },
    '/api/*': { origin, cachePolicy: cf.CachePolicy.CACHING_DISABLED, originRequestPolicy: cf.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      allowedMethods: cf.AllowedMethods.ALLOW_ALL, viewerProtocolPolicy: cf.ViewerProtocolPolicy.HTTPS_ONLY },
    '/old/*': { origin, cachePolicy: cf.CachePolicy.CACHING_OPTIMIZED, viewerProtocolPolicy: cf.ViewerProtocolPolicy.ALLOW_ALL },
  },
  enableLogging: true,
});
app.synth();
