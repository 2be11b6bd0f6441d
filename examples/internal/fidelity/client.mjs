// Runs the suite's client, from the folder of its checkout, and prints one line
// of JSON. Arguments: base address, whether the cache is a browser's, and the
// id of the only test to run.
import { pathToFileURL } from 'node:url'

const [base, browser, only] = process.argv.slice(2)
const from = async path => import(pathToFileURL(process.cwd() + '/' + path))
const tests = (await from('tests/index.mjs')).default
const { runTests, getResults } = await from('test-engine/client/runner.mjs')
const { determineTestResult, resultTypes } = await from('test-engine/lib/results.mjs')

const chosen = tests.map(s => ({ ...s, tests: s.tests.filter(t => !only || t.id === only) }))
if (only) chosen.forEach(s => s.tests.forEach(t => { t.dump = true }))
await runTests(chosen, browser === 'true', base, 120)
const results = getResults()
const nameOf = type => Object.keys(resultTypes).find(name => resultTypes[name] === type)
const rows = []
for (const s of tests) {
  for (const t of s.tests) {
    const r = results[t.id]
    if (r === undefined) continue
    rows.push({
      id: t.id,
      suite: s.id,
      kind: t.kind || 'required',
      verdict: nameOf(determineTestResult(tests, t.id, results)),
      result: r === true ? 'pass' : r[0],
      message: r === true ? '' : r[1]
    })
  }
}
console.log(JSON.stringify(rows))
