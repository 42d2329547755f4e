/** `npm run bench:api`: measures the order API over HTTP against pgbench and against itself. See `--help`. */
import { inRunFolder, progress } from '../in-run-folder.ts';
import { thisMachine } from '../relay/machine.ts';
import { measure } from './measure.ts';
import { help, parseOptions } from './options.ts';
import { tableOf } from './results.ts';

const options = parseOptions(process.argv.slice(2));
if (options === 'help') process.stdout.write(help);
else {
  const machine = thisMachine();
  const results = await inRunFolder((folder) => measure(folder, machine, options, progress));
  process.stdout.write(options.json ? `${JSON.stringify(results, undefined, 2)}\n` : tableOf(results));
}
