/** `npm run contracts:check`: are the contracts still what was released, or more? Exits 1 when somebody would break. */
import { currentContracts } from '../src/compatibility/contract-set.ts';
import { judgeContracts, sentenceOf } from '../src/compatibility/judge.ts';
import { readReleased } from '../src/compatibility/released-files.ts';

const findings = judgeContracts(readReleased(), currentContracts());
const [breaks, additions] = [
  findings.filter(({ kind }) => kind === 'break'),
  findings.filter(({ kind }) => kind === 'addition'),
];
for (const finding of additions) console.log(`new    ${sentenceOf(finding)}`);
for (const finding of breaks) console.error(`BREAKS ${sentenceOf(finding)}`);
if (breaks.length > 0) process.exitCode = 1;
else if (additions.length > 0)
  console.log('Compatible. `npm run contracts:release` before this is deployed.');
else console.log('The contracts are what was released.');
