// Freshen checks what a template does to HTTP caching, before it is deployed.
//
//	freshen lint [flags] file...
//	freshen rules
//
// A file is a CloudFormation or SAM template, a serverless.yml, what osls or CDK
// wrote, or a Terraform plan as JSON (terraform show -json).
//
// The exit status is 0 if there are no findings of level warning or error, 1 if
// there are some, 2 if a file cannot be read or the flags are wrong. With
// -format github the findings are annotations of GitHub Actions, with -format
// sarif a log for code scanning, with -format json a JSON array.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/freshen-go/freshen/contrib/cloudfront"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const (
	clean  = 0
	faults = 1
	failed = 2
)

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: freshen lint [flags] file... | freshen rules")
		return failed
	}
	switch args[0] {
	case "lint":
		return lint(args[1:], stdout, stderr)
	case "rules":
		for _, rule := range cloudfront.Rules() {
			fmt.Fprintf(stdout, "%s (%s)\n\t%s\n\t%s\n\t%s\n", rule.ID, rule.Level, rule.Consequence, rule.Remedy, rule.Source)
		}
		return clean
	}
	fmt.Fprintf(stderr, "freshen: unknown command %q (want lint or rules)\n", args[0])
	return failed
}

func lint(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("freshen lint", flag.ContinueOnError)
	flags.SetOutput(stderr)
	values := cloudfront.Values{}
	var options []cloudfront.LintOption
	format := flags.String("format", "text", "text, json, sarif or github")
	unknown := flags.Bool("unknown", false, "print the settings that the files do not determine, to standard error")
	flags.Func("value", "`name=value` of a parameter; may be repeated", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return errors.New("want name=value")
		}
		values[name] = value
		return nil
	})
	flags.Func("reads", "`pattern=name,name`: query parameters that the handler reads on these paths; may be repeated", func(text string) error {
		pattern, names, ok := strings.Cut(text, "=")
		if !ok {
			return errors.New("want pattern=name,name")
		}
		options = append(options, cloudfront.Reads(pattern, strings.FieldsFunc(names, func(r rune) bool { return r == ',' })...))
		return nil
	})
	flags.Func("allow", "`rule` whose findings are left out; may be repeated", func(rule string) error {
		options = append(options, cloudfront.Allow(rule))
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return failed
	}
	write, ok := formats[*format]
	if !ok || flags.NArg() == 0 {
		fmt.Fprintln(stderr, "freshen lint: want files, and -format text, json, sarif or github (see freshen lint -h)")
		return failed
	}

	status := clean
	var findings []*cloudfront.Finding
	for _, file := range flags.Args() {
		template, err := cloudfront.Load(file, values)
		if err != nil {
			fmt.Fprintln(stderr, err)
			status = failed
			continue
		}
		if len(template.Distributions) == 0 {
			fmt.Fprintf(stderr, "%s: no distribution in this file (want one of CloudFront, or a zone of Cloudflare)\n", file)
		}
		for _, d := range template.Distributions {
			for _, u := range d.Unknown {
				if *unknown {
					fmt.Fprintf(stderr, "%s: not known: %s: %s\n", u.Position, d.Name, u.Text)
				}
			}
		}
		findings = append(findings, template.Lint(options...)...)
	}
	if err := write(stdout, findings); err != nil {
		fmt.Fprintln(stderr, "freshen lint:", err)
		return failed
	}
	for _, f := range findings {
		if f.Rule.Level > cloudfront.LevelNote && status == clean {
			status = faults
		}
	}
	return status
}
