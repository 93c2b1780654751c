// Reads vitest's JSON report and prints "N passed, N failed" (", N skipped" when there are any): the last line of CI.
// Fails when the report is missing, cannot be read, counts no test that ran, or counts a failure.
//
//   node tools/checks/count-tests.mjs REPORT.json

import { readFileSync } from 'node:fs';

const counts = { passed: 0, failed: 0, skipped: 0 };
let complaint;
try {
  const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  for (const file of report.testResults) {
    const before = counts.failed;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') counts.failed++;
      else counts.skipped++;
    }
    // A file that could not be loaded, or a hook that threw, has no failed test to show for it.
    if (file.status === 'failed' && counts.failed === before) {
      counts.failed++;
      console.error(`count-tests: ${file.name} failed as a whole`);
    }
  }
  if (counts.passed + counts.failed === 0) complaint = 'no test ran';
  else if (counts.failed === 0 && report.success !== true) complaint = 'the report says that the run did not succeed';
} catch (error) {
  complaint = `no readable test report: ${error.message}`;
}
if (complaint) console.error(`count-tests: ${complaint}`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = complaint || counts.failed > 0 ? 1 : 0;
