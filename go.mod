module github.com/freshen-go/freshen

go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1 // indirect
	github.com/awslabs/aws-lambda-go-api-proxy v0.16.2 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
)
