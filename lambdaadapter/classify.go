package lambdaadapter

import (
	"fmt"
	"strings"

	"github.com/freshen-go/freshen/internal/field"
)

// classify finds out which format the event has. why is empty, or tells why the
// event is not an HTTP request. Most events of other kinds would decode without
// an error, and would then be served as a GET of the root.
func (e *event) classify() (why string) {
	c := &e.context
	switch {
	case e.kind != "" || e.routeARN != "":
		return "it asks for an authorization"
	case c.connectionID != "":
		return "it has requestContext.connectionId"
	case e.version == "2.0" && c.method == "":
		return "requestContext.http.method is missing"
	case e.version == "2.0":
		e.format = httpAPI
		// Only Function URLs have such a host name, and a custom domain in front of
		// them does not change it.
		if strings.Contains(c.domainName, ".lambda-url.") {
			e.format = functionURL
		}
		e.method, e.path = c.method, e.rawPath
		if e.path == "" {
			// rawPath is documented to be present; hand-written test events omit it.
			e.path = c.path
		}
	case e.version != "" && e.version != "1.0":
		return fmt.Sprintf("version is %.20q", e.version)
	case e.method == "":
		return "httpMethod is missing, and version is not 2.0"
	case !c.present:
		return "requestContext is missing"
	case c.isELB:
		e.format = alb
	case e.version == "1.0":
		e.format = httpAPI1
	default:
		e.format = restAPI
	}
	switch {
	case !field.IsToken(e.method):
		return fmt.Sprintf("the method is %.20q", e.method)
	case !strings.HasPrefix(e.path, "/"):
		return fmt.Sprintf("the path is %.20q", e.path)
	}
	return ""
}
