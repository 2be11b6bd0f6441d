package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/freshen-go/freshen/contrib/cloudfront"
)

var formats = map[string]func(io.Writer, []*cloudfront.Finding) error{
	"text": writeText, "json": writeJSON, "sarif": writeSARIF, "github": writeGitHub,
}

func writeText(w io.Writer, findings []*cloudfront.Finding) error {
	for _, f := range findings {
		if _, err := fmt.Fprintln(w, f.Error()); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(w io.Writer, findings []*cloudfront.Finding) error {
	if findings == nil {
		findings = []*cloudfront.Finding{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(findings)
}

// writeGitHub writes a workflow command for each finding.
func writeGitHub(w io.Writer, findings []*cloudfront.Finding) error {
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range findings {
		level := f.Rule.Level.String()
		if f.Rule.Level == cloudfront.LevelNote {
			level = "notice"
		}
		_, err := fmt.Fprintf(w, "::%s file=%s,line=%d,title=%s::%s\n", level, property.Replace(f.File), max(f.Line, 1),
			property.Replace(f.Rule.ID), message.Replace(f.Text+"\n"+f.Rule.Consequence+"\n"+f.Rule.Remedy))
		if err != nil {
			return err
		}
	}
	return nil
}

// The parts of SARIF 2.1.0 that code scanning reads.
type (
	sarifLog struct {
		Version string     `json:"version"`
		Schema  string     `json:"$schema"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		Help             sarifText `json:"help"`
		HelpURI          string    `json:"helpUri"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		PhysicalLocation struct {
			ArtifactLocation struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region struct {
				StartLine int `json:"startLine"`
			} `json:"region"`
		} `json:"physicalLocation"`
	}
)

func writeSARIF(w io.Writer, findings []*cloudfront.Finding) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "freshen", InformationURI: "https://github.com/freshen-go/freshen"}
	for _, rule := range cloudfront.Rules() {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{rule.ID, sarifText{rule.Consequence}, sarifText{rule.Remedy}, rule.Source})
	}
	for _, f := range findings {
		result := sarifResult{RuleID: f.Rule.ID, Level: f.Rule.Level.String()}
		result.Message.Text = fmt.Sprintf("%s %s: %s. Consequence: %s. Remedy: %s.", f.Distribution, f.Behavior, f.Text, f.Rule.Consequence, f.Rule.Remedy)
		var at sarifLocation
		at.PhysicalLocation.ArtifactLocation.URI = filepath.ToSlash(f.File)
		at.PhysicalLocation.Region.StartLine = max(f.Line, 1)
		result.Locations = []sarifLocation{at}
		run.Results = append(run.Results, result)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(sarifLog{"2.1.0", "https://json.schemastore.org/sarif-2.1.0.json", []sarifRun{run}})
}
