module github.com/freshen-go/freshen/contrib/cloudfront

go 1.26.0

require (
	github.com/freshen-go/freshen v0.0.0
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5
)

replace github.com/freshen-go/freshen => ../..
