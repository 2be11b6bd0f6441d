module github.com/freshen-go/freshen/contrib/echo

go 1.26

require (
	github.com/freshen-go/freshen v0.0.0
	github.com/labstack/echo/v5 v5.3.1
	github.com/stretchr/testify v1.12.1
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace github.com/freshen-go/freshen => ../..
