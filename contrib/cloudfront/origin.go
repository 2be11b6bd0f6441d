package cloudfront

import "strings"

// An origin is where a behavior's requests go.
type origin struct {
	node   *value
	id     string
	domain *value
	files  bool // a bucket, or another store of static files
	lambda bool // an API or a function, which answers other hosts with 403
}

// origin finds the origin, or the first member of the origin group, with an ID.
func (d *Distribution) origin(target *value) *origin {
	id := target.str()
	for _, group := range itemsOf(d.config.get("OriginGroups")) {
		if group.get("Id").str() == id {
			if members := itemsOf(group.get("Members")); len(members) > 0 {
				id = members[0].get("OriginId").str()
			}
		}
	}
	for _, node := range itemsOf(d.config.get("Origins")) {
		if node.get("Id").str() == id && id != "" {
			o := &origin{node: node, id: id, domain: node.get("DomainName")}
			o.files = d.storesFiles(node)
			o.lambda = strings.Contains(o.domain.str(), ".execute-api.") || strings.Contains(o.domain.str(), ".lambda-url.") ||
				d.refersTo(o.domain, "AWS::Lambda::Url", "AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi") || strings.Contains(o.domain.str(), ".ApiEndpoint") ||
				strings.Contains(o.domain.str(), ".FunctionUrl")
			return o
		}
	}
	return &origin{id: id}
}

// itemsOf are the elements of a list, or of CloudFront's {Items: [...]}.
func itemsOf(v *value) []*value {
	if items := v.get("Items"); items.is(list) {
		return items.elements()
	}
	return v.elements()
}

func (d *Distribution) refersTo(v *value, kinds ...string) bool {
	for _, ref := range v.refsOf() {
		for _, kind := range kinds {
			if d.stack.kindOf(ref) == kind {
				return true
			}
		}
	}
	return false
}

// storesFiles reports whether an origin is a store of static files rather than
// an application.
func (d *Distribution) storesFiles(node *value) bool {
	domain := node.get("DomainName").str()
	return node.get("S3OriginConfig").is(object) ||
		d.refersTo(node.get("DomainName"), "AWS::S3::Bucket") ||
		strings.Contains(domain, ".s3.") || strings.Contains(domain, ".s3-") || strings.HasPrefix(domain, "s3.") ||
		strings.Contains(domain, ".mediapackage") || strings.Contains(domain, ".mediastore")
}
