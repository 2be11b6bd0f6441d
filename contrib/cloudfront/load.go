package cloudfront

import (
	"fmt"
	"net/http"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/freshen-go/freshen/cachetest"
)

// Values hold what a deployment passes to its template: parameters of
// CloudFormation by name (lists with commas), pseudo parameters
// ("AWS::Region"), and variables of the Serverless Framework ("env:STAGE",
// "opt:stage"). nil means the defaults.
type Values map[string]string

// A Template is what [Load] read. It is not changed afterwards and is safe for
// concurrent use.
type Template struct {
	File string

	// Distributions are CloudFront's distributions and Cloudflare's zones, in
	// the order of the file.
	Distributions []*Distribution
}

// A FileError reports a file that cannot be read.
type FileError struct {
	File string
	Err  error
}

// Error returns "cloudfront: file: cause".
func (e *FileError) Error() string { return "cloudfront: " + e.File + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Load reads a file and returns the distributions in it. The file is one of
//
//   - a CloudFormation template, YAML or JSON, SAM and nested local templates
//     included;
//   - what CDK synthesizes (cdk.out/*.template.json);
//   - serverless.yml, or the template that osls package writes;
//   - a plan of Terraform as terraform show -json prints it, with the AWS
//     provider, the Cloudflare provider or both.
//
// A file without a distribution is not an error. A setting that the file and
// values do not determine is in [Distribution.Unknown]. Errors are of type
// [*FileError].
func Load(file string, values Values) (*Template, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, &FileError{File: file, Err: err}
	}
	root, err := parse(source)
	if err != nil {
		return nil, &FileError{File: file, Err: err}
	}
	t := &Template{File: file}
	switch {
	case root == nil || root.Kind != yaml.MappingNode:
		return nil, &FileError{File: file, Err: fmt.Errorf("not a template (want a mapping)")}
	case child(root, "planned_values") != nil:
		t.Distributions = loadPlan(file, root)
	case child(root, "Resources") != nil:
		t.Distributions, err = newStack(file, "", root, nil, values).distributions()
	case child(root, "service") != nil && child(root, "provider") != nil:
		t.Distributions, err = loadServerless(file, root, values)
	default:
		err = &FileError{File: file, Err: fmt.Errorf("not a template (want a CloudFormation template with Resources, a serverless.yml, or a Terraform plan as JSON)")}
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Must returns the only distribution of a template, for tests:
//
//	cdn := cachetest.New(handler, cloudfront.Must(cloudfront.Load("cdn.yml", nil)))
//
// It panics if err is not nil or if there is not exactly one distribution.
func Must(t *Template, err error) *Distribution {
	if err != nil {
		panic(err)
	}
	if len(t.Distributions) != 1 {
		panic(fmt.Sprintf("cloudfront: %s has %d distributions (want 1; use Template.Distribution)", t.File, len(t.Distributions)))
	}
	return t.Distributions[0]
}

// Distribution returns the distribution with this name, nil if there is none.
func (t *Template) Distribution(name string) *Distribution {
	for _, d := range t.Distributions {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// A Distribution is a CDN as a template configures it: a distribution of
// CloudFront, or the cache rules of a zone at Cloudflare. It is a
// [cachetest.ProfileSource]: cachetest.New(handler, d) simulates all of its
// behaviors at once.
//
// It is safe for concurrent use.
type Distribution struct {
	// Name is the logical ID in CloudFormation ("Cdn/Distribution" in a nested
	// stack) or the address in Terraform.
	Name string

	// Position is where the distribution is defined.
	Position Position

	// Behaviors are in the order in which they are tried. CloudFront's last one
	// is the default and has the pattern "*".
	Behaviors []*Behavior

	// Unknown are the settings that the file does not determine. The profiles
	// have CloudFront's own default in their place.
	Unknown []Unknown

	stack  *stack
	id     string
	config *value
	zone   *zone // of Cloudflare
}

// A Behavior is a cache behavior of CloudFront.
type Behavior struct {
	Pattern  string
	Position Position

	// Profile is what the behavior does, for the simulator.
	Profile cachetest.Profile

	settings
}

// ProfileFor returns the profile of the behavior that r's path selects.
func (d *Distribution) ProfileFor(r *http.Request) *cachetest.Profile {
	if d.zone != nil {
		return d.zone.profileFor(r)
	}
	return &d.Behavior(r.URL.EscapedPath()).Profile
}

// Behavior returns the first behavior whose pattern matches the path, which is
// the default one if no other does.
func (d *Distribution) Behavior(path string) *Behavior {
	path = normalize(path)
	for _, b := range d.Behaviors {
		if matches(b.Pattern, path) {
			return b
		}
	}
	return d.Behaviors[len(d.Behaviors)-1]
}

func (d *Distribution) unknown(at Position, text string) {
	if u := (Unknown{at, text}); !slices.Contains(d.Unknown, u) {
		d.Unknown = append(d.Unknown, u)
	}
}
