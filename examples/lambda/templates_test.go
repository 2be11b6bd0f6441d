package main_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// templates are the files that CloudFormation, SAM or the Serverless Framework
// deploys.
var templates = []string{"cdn.yml", "template.yml", "serverless.yml", "private.yml", "region.yml", "site.yml"}

// TestEverySettingIsAsserted compares each template, setting by setting, with
// testdata/settings: a line for each, "path = value". The reason for a setting
// is the comment beside it in the template.
func TestEverySettingIsAsserted(t *testing.T) {
	for _, file := range templates {
		t.Run(file, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", "settings", file+".txt"))
			require.NoError(t, err)

			got := settings(t, file)

			require.NotEmpty(t, got)
			wanted := strings.Split(strings.TrimSpace(string(want)), "\n")
			for _, line := range got {
				assert.Contains(t, wanted, line, "no line asserts it")
			}
			for _, line := range wanted {
				assert.Contains(t, got, line, "no setting has it")
			}
		})
	}
}

func TestEverySettingHasItsReason(t *testing.T) {
	for _, file := range templates {
		template := readTemplate(t, file)
		resources := find(template, "Resources")
		if resources == nil { // serverless.yml
			requireReasons(t, file, template)
			continue
		}
		for i := 0; i < len(resources.Content); i += 2 {
			name := file + ": " + resources.Content[i].Value
			requireReasons(t, name, find(resources.Content[i+1], "Properties"))
		}
	}
}

// The rules that templates share, and that a list of settings cannot say.

func TestCachedBehaviorsForwardNothingThatReadersDifferBy(t *testing.T) {
	forWrites := []string{"Content-Type", "Sec-Fetch-Site", "Access-Control-Request-Method", "Access-Control-Request-Headers"}
	for _, file := range []string{"cdn.yml", "private.yml", "site.yml"} {
		template := readTemplate(t, file)
		behaviors := at(t, template, "Resources.Distribution.Properties.DistributionConfig.CacheBehaviors")
		for _, behavior := range behaviors.Content {
			name := file + " " + compact(at(t, behavior, "PathPattern"))
			assert.Nil(t, find(behavior, "ForwardedValues"), name)
			cache, cached := strings.CutPrefix(compact(at(t, behavior, "CachePolicyId")), "!Ref ")
			forward := find(behavior, "OriginRequestPolicyId")
			if !cached || forward == nil {
				continue
			}
			require.NotNil(t, find(at(t, template, "Resources"), cache), name)
			policy := at(t, template, "Resources."+strings.TrimPrefix(compact(forward), "!Ref ")+".Properties.OriginRequestPolicyConfig")
			assert.Equal(t, "none", compact(at(t, policy, "CookiesConfig.CookieBehavior")), name)
			assert.Equal(t, "none", compact(at(t, policy, "QueryStringsConfig.QueryStringBehavior")), name)
			for _, header := range at(t, policy, "HeadersConfig.Headers").Content {
				assert.Contains(t, forWrites, header.Value, name)
			}
		}
	}
}

func TestPoliciesLeaveLifetimesToTheOrigin(t *testing.T) {
	for _, file := range []string{"cdn.yml", "private.yml", "site.yml"} {
		policies := 0
		for _, line := range settings(t, file) {
			if strings.HasSuffix(line, ".MinTTL = 0") {
				policies++
			}
			assert.False(t, strings.Contains(line, "TTL = ") && !strings.HasSuffix(line, " = 0") &&
				!strings.HasSuffix(line, "MaxTTL = 31536000") && !strings.Contains(line, "ErrorCachingMinTTL = 1"), line)
		}
		assert.NotZero(t, policies, file)
	}
}

func TestTheSecretIsAParameterThatNobodySees(t *testing.T) {
	rule := map[string]string{"NoEcho": "true", "MinLength": "20", "AllowedPattern": "[A-Za-z0-9_-]+"}
	for _, file := range []string{"cdn.yml", "template.yml", "private.yml", "site.yml"} {
		for name, want := range rule {
			assert.Equal(t, want, compact(at(t, readTemplate(t, file), "Parameters.OriginSecret."+name)), file)
		}
	}
}

func TestTheNestedStackGetsEveryParameter(t *testing.T) {
	passed := at(t, readTemplate(t, "template.yml"), "Resources.Cdn.Properties.Parameters")
	parameters := at(t, readTemplate(t, "cdn.yml"), "Parameters")
	for i := 0; i < len(parameters.Content); i += 2 {
		assert.NotNil(t, find(passed, parameters.Content[i].Value), parameters.Content[i].Value)
	}
	assert.Len(t, passed.Content, len(parameters.Content))
}

func TestCORSIsOneSettingForBothWaysToDeploy(t *testing.T) {
	sam := at(t, readTemplate(t, "template.yml"), "Resources.HttpApi.Properties.CorsConfiguration")
	serverless := at(t, readTemplate(t, "serverless.yml"), "resources.extensions.HttpApi.Properties.CorsConfiguration")

	assert.Equal(t, compact(sam), compact(serverless))
	assert.Contains(t, compact(sam), "!If [HasCors,", "without origins the handler's own CORS fields pass")
}

// settings are the lines "path = value" of what a template sets: its
// parameters, the properties of its resources, or the whole serverless.yml.
func settings(t *testing.T, file string) (lines []string) {
	t.Helper()
	template := readTemplate(t, file)
	if find(template, "Resources") == nil {
		return leaves("", template)
	}
	for _, part := range []string{"Parameters", "Rules", "Conditions", "Resources", "Outputs"} {
		if node := find(template, part); node != nil {
			lines = append(lines, leaves(part, node)...)
		}
	}
	return slices.DeleteFunc(lines, func(line string) bool {
		path, _, _ := strings.Cut(line, " = ")
		return strings.HasSuffix(path, ".Description")
	})
}

// leaves are the settings at node: a line for each scalar, each list of scalars
// and each intrinsic function.
func leaves(path string, node *yaml.Node) (lines []string) {
	join := func(step string) string { return strings.TrimPrefix(path+"."+step, ".") }
	isNoScalar := func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode }
	switch {
	case tag(node) != "":
	case node.Kind == yaml.MappingNode && len(node.Content) > 0:
		for i := 0; i < len(node.Content); i += 2 {
			lines = append(lines, leaves(join(node.Content[i].Value), node.Content[i+1])...)
		}
		return lines
	case node.Kind == yaml.SequenceNode && slices.ContainsFunc(node.Content, isNoScalar):
		for i, element := range node.Content {
			lines = append(lines, leaves(join(strconv.Itoa(i)), element)...)
		}
		return lines
	}
	return []string{path + " = " + compact(node)}
}

func requireReasons(t *testing.T, path string, node *yaml.Node) {
	t.Helper()
	if node.LineComment != "" {
		return
	}
	switch {
	case node.Kind == yaml.MappingNode && node.Style&yaml.FlowStyle == 0:
		for i := 0; i < len(node.Content); i += 2 {
			if key := node.Content[i]; key.LineComment == "" {
				requireReasons(t, path+"."+key.Value, node.Content[i+1])
			}
		}
	case node.Kind == yaml.SequenceNode && node.Style&yaml.FlowStyle == 0:
		for i, element := range node.Content {
			requireReasons(t, path+"."+strconv.Itoa(i), element)
		}
	default:
		t.Errorf("%s has no reason", path)
	}
}

func readTemplate(t *testing.T, path string) *yaml.Node {
	t.Helper()
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(source, &document))
	return document.Content[0]
}

// at is the node at a path of keys and indices joined by dots.
func at(t *testing.T, node *yaml.Node, path string) *yaml.Node {
	t.Helper()
	for step := range strings.SplitSeq(path, ".") {
		if node = find(node, step); node == nil {
			require.FailNow(t, "no such node", "%s at %s", path, step)
		}
	}
	return node
}

func find(node *yaml.Node, step string) *yaml.Node {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i < len(node.Content) {
			return node.Content[i]
		}
	}
	return nil
}

// tag is a node's intrinsic function in its short form, "!Ref".
func tag(node *yaml.Node) string {
	if strings.HasPrefix(node.Tag, "!!") || node.Tag == "!" {
		return ""
	}
	return node.Tag
}

// compact is a node in one line, with its intrinsic functions.
func compact(node *yaml.Node) string {
	var parts []string
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			parts = append(parts, node.Content[i].Value+": "+compact(node.Content[i+1]))
		}
		return strings.TrimSpace(tag(node) + " {" + strings.Join(parts, ", ") + "}")
	case yaml.SequenceNode:
		for _, element := range node.Content {
			parts = append(parts, compact(element))
		}
		return strings.TrimSpace(tag(node) + " [" + strings.Join(parts, ", ") + "]")
	}
	if node.Value == "" {
		return "''"
	}
	return strings.TrimSpace(tag(node) + " " + node.Value)
}
