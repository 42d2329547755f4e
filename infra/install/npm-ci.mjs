import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { packageFolders } from './installed.mjs';
import { Stop } from './stop.mjs';

/**
 * Install scripts never run: no package here needs one (the Node binary comes as a plain file, PostgreSQL's links are
 * made at its first start), and none may do what it likes on a developer's machine.
 */
const flags = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-progress',
  '--loglevel=error',
  '--prefer-offline',
];

/**
 * `npm ci`, with a progress line on stderr: stdout belongs to the command that comes after.
 *
 * @param {string} root
 * @throws Stop with npm's reason
 */
export async function npmCi(root) {
  const { command, before } = npmCommand();
  const args = [...before, 'ci', ...flags];
  const child = spawn(command, args, { cwd: root, env: npmEnv(root), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      output += text;
    });
  }
  const kill = () => child.kill();
  process.once('exit', kill);
  const endProgress = showProgress(packageFolders(root));
  const outcome = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error));
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  process.off('exit', kill);
  endProgress();
  if (outcome !== 0) throw new Stop(reasonOf(outcome, output));
}

/** The npm that runs us, under its own Node: the one in node_modules is about to be removed. */
function npmCommand() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  if (script !== undefined && /npm-cli\.[cm]?js$/.test(script) && existsSync(script)) {
    return { command: node ?? process.execPath, before: [script] };
  }
  return { command: 'npm', before: [] };
}

/** Users without a home folder that they can write to, as nobody, get a cache inside the clone. */
function npmEnv(root) {
  if (process.env.npm_config_cache !== undefined && isWritable(process.env.npm_config_cache))
    return process.env;
  if (isWritable(homedir())) return process.env;
  return { ...process.env, npm_config_cache: path.join(root, '.local', 'cache', 'npm') };
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** On a terminal one line that counts up; elsewhere a line now and then. Returns what ends it. */
function showProgress(folders) {
  const { isTTY } = process.stderr;
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const print = () => {
    const done = folders.filter((folder) => existsSync(path.join(folder, 'package.json'))).length;
    const line = `Installing packages: ${done} of ${folders.length}, ${seconds()} s`;
    process.stderr.write(isTTY ? `\r${line}` : `${line}\n`);
  };
  print();
  const timer = setInterval(print, isTTY ? 250 : 5_000);
  return () => {
    clearInterval(timer);
    process.stderr.write(isTTY ? '\r\u001b[K' : '');
  };
}

function reasonOf(outcome, output) {
  if (outcome instanceof Error) {
    return outcome.code === 'ENOENT'
      ? 'npm is not on the PATH: install Node 20 or newer together with npm'
      : `npm could not be run: ${outcome.message}`;
  }
  const unreachable =
    /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH)|ENOTCACHED/.exec(output);
  if (unreachable !== null) {
    return `npm cannot reach its registry (${unreachable[0]}): the packages are fetched once, so go online and run this again`;
  }
  const lines = output
    .replaceAll(/^npm error ?/gm, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return `npm ci failed (${outcome}):\n${lines.slice(0, 12).join('\n')}`;
}
