/** `npm run contracts:release`: writes down what consumers may rely on from now on. Refuses what would break them. */
import path from 'node:path';
import { currentContracts } from '../src/compatibility/contract-set.ts';
import { judgeContracts, sentenceOf } from '../src/compatibility/judge.ts';
import { readReleased, releasedFolder, writeReleased } from '../src/compatibility/released-files.ts';

const findings = judgeContracts(readReleased(), currentContracts());
const breaks = findings.filter(({ kind }) => kind === 'break');
if (breaks.length > 0) {
  for (const finding of breaks) console.error(`BREAKS ${sentenceOf(finding)}`);
  console.error('Nothing was released.');
  process.exitCode = 1;
} else {
  writeReleased(currentContracts());
  for (const finding of findings) console.log(`new    ${sentenceOf(finding)}`);
  console.log(
    `Released in ${path.relative(process.cwd(), releasedFolder)}: commit it together with the change.`,
  );
}
