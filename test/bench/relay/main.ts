/**
 * `npm run bench:relay`: measures the relay against the bare client, a polling reader and the goals of the project, on
 * servers of its own. See `--help`.
 */
import { inRunFolder, progress } from '../in-run-folder.ts';
import { prepareGround } from './ground.ts';
import { thisMachine } from './machine.ts';
import { measure } from './measure.ts';
import { help, parseOptions } from './options.ts';
import { tableOf } from './results.ts';

const options = parseOptions(process.argv.slice(2));
if (options === 'help') process.stdout.write(help);
else {
  const machine = thisMachine();
  const results = await inRunFolder(async (folder) => {
    await using ground = await prepareGround(folder, progress);
    return await measure(ground, machine, options);
  });
  process.stdout.write(options.json ? `${JSON.stringify(results, undefined, 2)}\n` : tableOf(results));
}
