package cloudfront_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/contrib/cloudfront"
)

// public are templates of public repositories. Copies of them are not part of
// this repository: FRESHEN_TEMPLATES names a folder that has them, each as
// owner+name/path.
var public = []struct{ repository, commit, path string }{
	{"Tsingis/cars-data", "6a716aec3a8ec7f6a1ded8b2449df9e3634b893b", "cloudformation/app/cloudfront.yml"},
	{"Tsingis/cars-data", "6a716aec3a8ec7f6a1ded8b2449df9e3634b893b", "cloudformation/data/cloudfront.yml"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "RainModules/cloudfront-nocache.yml"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "RainModules/static-site.yml"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "S3/compliant-static-website.json"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "S3/compliant-static-website.yaml"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/CloudFrontCustomOriginLambda@Edge/CloudFront.json"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/CloudFrontCustomOriginLambda@Edge/CloudFront.yaml"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/GitLab/GitLabServer-pkg.json"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/GitLab/GitLabServer-pkg.yaml"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/Gitea/Gitea-pkg.json"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/Gitea/Gitea-pkg.yaml"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/VSCode/VSCodeServer-pkg.json"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/VSCode/VSCodeServer-pkg.yaml"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/WebApp/webapp.json"},
	{"aws-cloudformation/aws-cloudformation-templates", "142ce6f283d285fa370adb7f9d332d7f46dac5fc", "Solutions/WebApp/webapp.yaml"},
	{"aws-samples/amazon-cloudfront-secure-static-site", "e893f7bdd1d2100da85d61e828f8b951a1d38740", "templates/cloudfront-site.yaml"},
	{"aws-samples/cloudfront-authorization-at-edge", "37a825b40941e0daa5980cff09b9a6d9bfdaf976", "example-serverless-app-reuse/reuse-auth-only.yaml"},
	{"aws-samples/cloudfront-authorization-at-edge", "37a825b40941e0daa5980cff09b9a6d9bfdaf976", "template.yaml"},
	{"aws-samples/serverless-patterns", "fb7b5d06c27d8abb1bd35e52ab7523acf4baab7b", "cloudfront-apigw-http-api-lambda-rust/template.yml"},
	{"aws-samples/serverless-patterns", "fb7b5d06c27d8abb1bd35e52ab7523acf4baab7b", "cloudfront-apigw-rest-api-lambda-dynamodb-sam/template.yaml"},
	{"aws-samples/serverless-patterns", "fb7b5d06c27d8abb1bd35e52ab7523acf4baab7b", "cloudfront-failover-apigw-http-api-lambda-rust/cloudfront.yml"},
	{"aws-samples/serverless-patterns", "fb7b5d06c27d8abb1bd35e52ab7523acf4baab7b", "cloudfront-lambda-url-java/template.yml"},
	{"aws-samples/serverless-patterns", "fb7b5d06c27d8abb1bd35e52ab7523acf4baab7b", "cloudfront-lambda-url-rust/template.yml"},
	{"aws-samples/serverless-patterns", "fb7b5d06c27d8abb1bd35e52ab7523acf4baab7b", "cloudfront-lambdafunctionurl-oac-sam/template.yaml"},
	{"aws-samples/serverless-patterns", "fb7b5d06c27d8abb1bd35e52ab7523acf4baab7b", "cloudfront-s3-oac-sam/template.yaml"},
	{"aws-samples/serverless-patterns", "fb7b5d06c27d8abb1bd35e52ab7523acf4baab7b", "sam-webapp-cognito/template.yaml"},
	{"darkrelics/eidolon-engine", "4ff43cd3d58e4f055933ec4ee8f161946ecb0582", "cf/eidolon-portal-cloudfront.yml"},
	{"darkrelics/eidolon-engine", "4ff43cd3d58e4f055933ec4ee8f161946ecb0582", "cloudformation/cloudfront.yml"},
	{"jmcwhirter/visitor-prioritization", "925e09d487a9858e8067329407c5bc2f17d430bf", "cloudformation/website.yml"},
	{"nevaan9/aws-cloudfront-lambda-edge", "199abfccab5d98a8c8509d098f05d35d7472ebe1", "cloudfront.yaml"},
	{"serverless/examples", "22865199326008b9f863cb1ad28bfdddae9a7473", "aws-node-single-page-app-via-cloudfront/serverless.yml"},
	{"simon-mathewson/smartquery", "126580ae4098c9ffc57729c7ef47a3110327d742", "cloudFormation/cloudFront.yml"},
	{"widdix/aws-cf-templates", "1a9f04f934179975a3a56c2496d2ed2b27598bd8", "static-website/static-website.yaml"},
	{"widdix/aws-cf-templates", "1a9f04f934179975a3a56c2496d2ed2b27598bd8", "wordpress/wordpress-ha-aurora.yaml"},
	{"widdix/aws-cf-templates", "1a9f04f934179975a3a56c2496d2ed2b27598bd8", "wordpress/wordpress-ha.yaml"},
}

func TestPublicTemplates(t *testing.T) {
	folder := os.Getenv("FRESHEN_TEMPLATES")
	if folder == "" {
		t.Skip("FRESHEN_TEMPLATES does not name a folder with the public templates")
	}
	rules := map[string]int{}
	for _, row := range public {
		t.Run(row.repository+" "+row.path, func(t *testing.T) {
			template, err := cloudfront.Load(filepath.Join(folder, strings.Replace(row.repository, "/", "+", 1), row.path), nil)
			require.NoError(t, err)
			require.NotEmpty(t, template.Distributions)
			once := map[string]bool{}
			for _, finding := range template.Lint() {
				assert.NotZero(t, finding.Line, finding.Error())
				if !once[finding.Rule.ID] {
					rules[finding.Rule.ID]++
				}
				once[finding.Rule.ID] = true
			}
			for _, d := range template.Distributions {
				handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
				assert.Positive(t, cachetest.New(handler, d).Get("/").StatusCode)
			}
			if len(once) == 0 {
				rules["none"]++
			}
		})
	}
	t.Logf("templates by finding, of %d: %v", len(public), rules)
}
