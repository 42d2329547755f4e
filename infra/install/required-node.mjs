import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Stop } from './stop.mjs';

const oldestInstaller = 20;
/** What runs `.ts` files as they are, as package.json pins it. */
const oldestRuntime = 26;

const majorOf = (version) => Number(version.replace(/^v/, '').split('.')[0]);

/** @throws Stop when this Node is too old to install with */
export function requireNode() {
  if (majorOf(process.version) >= oldestInstaller) return;
  throw new Stop(
    `Waybill needs Node ${oldestInstaller} or newer to install, and this is ${process.version}: update Node`,
  );
}

/** @throws Stop when neither the packages nor the PATH have a Node that runs Waybill */
export function requireInstalledNode(root) {
  const installed = path.join(root, 'node_modules', '.bin', 'node');
  const command = existsSync(installed) ? installed : 'node';
  const answer = spawnSync(command, ['--version'], { encoding: 'utf8' });
  if (answer.status === 0 && majorOf(answer.stdout) >= oldestRuntime) return;
  throw new Stop(
    `there is no Node ${oldestRuntime} for ${process.platform}-${process.arch} among the npm packages: ` +
      `install Node ${oldestRuntime} yourself and put it first on the PATH`,
  );
}
