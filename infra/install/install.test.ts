import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const released = 'module.exports = 1\n';
const patched = 'module.exports = 2\n';

/**
 * A stand-in for npm on the PATH: `ci` puts the one package of the clone there and counts its calls. What the real
 * npm does is proved by every fresh clone that runs `npm test`.
 */
const fakeNpm = `#!/bin/sh
echo called >> npm-calls
rm -rf node_modules
mkdir -p node_modules/thing node_modules/.bin
sleep \${NPM_SECONDS:-0}
printf 'module.exports = 1\\n' > node_modules/thing/index.js
echo '{"name":"thing","version":"1.0.0"}' > node_modules/thing/package.json
ln -s "$REAL_NODE" node_modules/.bin/node
`;

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'waybill-install-'));
  cpSync(import.meta.dirname, path.join(clone, 'infra/install'), { recursive: true });
  const patches = path.join(clone, 'infra/install/patches');
  rmSync(patches, { recursive: true });
  mkdirSync(patches);
  writePatch('= 2');
  writeLock('1.0.0');
  mkdirSync(path.join(clone, 'bin'));
  writeFileSync(path.join(clone, 'bin/npm'), fakeNpm, { mode: 0o755 });
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

function writePatch(replace: string): void {
  const file = {
    file: 'index.js',
    beforeSha256: sha256(released),
    afterSha256: sha256(released.replace('= 1', replace)),
    edits: [{ find: '= 1', replace }],
  };
  const patch = { package: 'thing', version: '1.0.0', files: [file] };
  writeFileSync(path.join(clone, 'infra/install/patches/thing.json'), JSON.stringify(patch));
}

function writeLock(version: string): void {
  const packages = { '': {}, 'node_modules/thing': { version } };
  writeFileSync(path.join(clone, 'package-lock.json'), JSON.stringify({ packages }));
}

const read = (file: string): string => readFileSync(path.join(clone, file), 'utf8');
const npmCalls = (): number =>
  existsSync(path.join(clone, 'npm-calls')) ? read('npm-calls').split('\n').length - 1 : 0;

function environment(): NodeJS.ProcessEnv {
  const { npm_execpath: _script, ...env } = process.env;
  return { ...env, PATH: `${path.join(clone, 'bin')}:${env['PATH'] ?? ''}`, REAL_NODE: process.execPath };
}

const script = (): string => path.join(clone, 'infra/install/install.mjs');

async function install(
  env: NodeJS.ProcessEnv = environment(),
): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [script()], { env })) };
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error) {
      return { code: 1, stdout: String(error.stdout), stderr: String(error.stderr) };
    }
    throw error;
  }
}

describe('the install step', () => {
  it('installs and patches a fresh clone, and leaves stdout to the command that follows', async () => {
    const { code, stdout } = await install();
    expect({ code, stdout, calls: npmCalls(), file: read('node_modules/thing/index.js') }).toEqual({
      code: 0,
      stdout: '',
      calls: 1,
      file: patched,
    });
  });

  it('does nothing the second time, and installs again when the lock changed', async () => {
    await install();
    expect(await install()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(npmCalls()).toBe(1);
    writeLock('1.0.1');
    await install();
    expect(npmCalls()).toBe(2);
  });

  it('patches again what somebody put back by hand', async () => {
    await install();
    writeFileSync(path.join(clone, 'node_modules/thing/index.js'), released);
    await install();
    expect({ calls: npmCalls(), file: read('node_modules/thing/index.js') }).toEqual({
      calls: 2,
      file: patched,
    });
  });

  it('gets the released files when they hold an earlier version of the patch', async () => {
    await install();
    writePatch('= 3');
    await install();
    expect(read('node_modules/thing/index.js')).toBe('module.exports = 3\n');
  });

  it('takes a tree that npm itself says is the lock’s as it is', async () => {
    await install();
    rmSync(path.join(clone, 'node_modules/.waybill-install.json'));
    cpSync(path.join(clone, 'package-lock.json'), path.join(clone, 'node_modules/.package-lock.json'));
    await install();
    expect(npmCalls()).toBe(1);
  });

  it('refuses a file that is neither the released nor the patched one', async () => {
    writeFileSync(path.join(clone, 'bin/npm'), fakeNpm.replace('exports = 1', 'exports = 7'), {
      mode: 0o755,
    });
    const { code, stderr } = await install();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /node_modules\/thing\/index\.js is neither the file of thing 1\.0\.0 nor the patched one/,
    );
  });

  it('refuses a patch for another version than the installed one', async () => {
    writeFileSync(path.join(clone, 'bin/npm'), fakeNpm.replace('"1.0.0"', '"1.1.0"'), { mode: 0o755 });
    expect((await install()).stderr).toMatch(/thing\.json is for thing 1\.0\.0, but 1\.1\.0 is installed/);
  });

  it('runs npm once when two installs start at once', async () => {
    const slowly = { ...environment(), NPM_SECONDS: '0.5' };
    const outcomes = await Promise.all([install(slowly), install(slowly)]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(npmCalls()).toBe(1);
    expect(read('node_modules/thing/index.js')).toBe(patched);
  });

  it('takes over the lock of a killed install, and leaves none behind when it is interrupted', async () => {
    const lock = path.join(clone, '.local/install.lock');
    mkdirSync(path.dirname(lock));
    writeFileSync(lock, 'somebody');
    const minuteAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, minuteAgo, minuteAgo);
    const env = { ...environment(), NPM_SECONDS: '2' };
    const child = spawn(process.execPath, [script()], { env, stdio: 'ignore' });
    while (npmCalls() === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(existsSync(lock)).toBe(false);
  });

  it.each([
    ['npm is missing', '', /npm is not on the PATH: install Node 20 or newer together with npm/],
    [
      'the registry cannot be reached',
      'echo "npm error code ENOTFOUND" >&2; exit 1',
      /npm cannot reach its registry/,
    ],
    [
      'npm fails for another reason',
      'echo "npm error no space" >&2; exit 1',
      /npm ci failed \(1\):\nno space/,
    ],
  ])('says in one sentence that %s', async (_what, npm, sentence) => {
    rmSync(path.join(clone, 'bin/npm'));
    if (npm !== '') writeFileSync(path.join(clone, 'bin/npm'), `#!/bin/sh\n${npm}\n`, { mode: 0o755 });
    const { code, stderr } = await install({ ...environment(), PATH: path.join(clone, 'bin') });
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
