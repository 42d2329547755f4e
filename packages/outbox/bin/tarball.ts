import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inlinedPackages, type Manifest, packedManifest } from './packed-manifest.ts';

const outbox = path.resolve(import.meta.dirname, '..');
export const repository = path.resolve(outbox, '../..');

interface Root {
  readonly devDependencies: Readonly<Record<string, string>>;
}

/**
 * Makes what `npm install` takes: JavaScript and declarations, because Node takes no types away below node_modules.
 * Everything happens in a folder of its own; the workspace stays as it is.
 *
 * @param folder where the tarball goes; made when it is missing
 * @returns the tarball's path
 */
export function packOutbox(folder: string): string {
  const staging = mkdtempSync(path.join(tmpdir(), 'waybill-pack-'));
  try {
    const content = path.join(staging, 'package');
    fillPackage(content, path.join(staging, 'compiled'));
    mkdirSync(folder, { recursive: true });
    const name = execFileSync(
      'npm',
      ['pack', content, '--silent', '--offline', '--ignore-scripts', '--pack-destination', folder],
      { cwd: staging, encoding: 'utf8' },
    );
    return path.join(folder, name.trim());
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function fillPackage(content: string, compiled: string): void {
  const manifest: Manifest = JSON.parse(readFileSync(path.join(outbox, 'package.json'), 'utf8'));
  const root: Root = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8'));
  const inlined = new Map(inlinedPackages(manifest).map((name) => [name, path.basename(name)]));
  compile(Object.values(manifest.exports), inlined, compiled);
  mkdirSync(content);
  renameSync(path.join(compiled, 'outbox/src'), path.join(content, 'src'));
  for (const part of inlined.values()) {
    renameSync(path.join(compiled, part, 'src'), path.join(content, part));
  }
  for (const file of readdirSync(content, { recursive: true, encoding: 'utf8' })) {
    if (/\.(js|d\.ts)$/.test(file)) pointInside(content, file, inlined);
  }
  const readme = readFileSync(path.join(outbox, 'README.md'), 'utf8');
  for (const file of ['README.md', ...linkedFiles(readme)]) {
    cpSync(path.join(outbox, file), path.join(content, file));
  }
  cpSync(path.join(repository, 'LICENSE'), path.join(content, 'LICENSE'));
  writeFileSync(
    path.join(content, 'package.json'),
    `${JSON.stringify(packedManifest(manifest, root.devDependencies), null, 2)}\n`,
  );
}

/**
 * The files that a Markdown text links to, from its own folder.
 *
 * @throws Error when one lies outside of it: it would lead nowhere once the folder is a package
 */
export function linkedFiles(markdown: string): string[] {
  const targets = markdown.matchAll(/\]\((?<target>[^)#\s]+)/g).map(({ groups }) => groups?.['target'] ?? '');
  const files = [...new Set(targets.filter((target) => !/^[a-z]+:/.test(target)))];
  const outside = files.filter((file) => path.normalize(file).startsWith('..'));
  if (outside.length > 0) throw new Error(`Links that lead out of the package: ${outside.join(', ')}`);
  return files;
}

/** Compiles what the entries import, and so no test. */
function compile(entries: readonly string[], inlined: ReadonlyMap<string, string>, into: string): void {
  const settings = `${into}.json`;
  writeFileSync(
    settings,
    JSON.stringify({
      extends: path.join(repository, 'tsconfig.json'),
      compilerOptions: {
        // What MikroORM's oldest Node has; anything later is an error here.
        target: 'es2024',
        lib: ['es2024', 'es2025.iterator', 'esnext.disposable'],
        typeRoots: [path.join(repository, 'node_modules/@types')],
        // Found by way of node_modules they would be somebody else's: all or a part of their files would be left out.
        paths: Object.fromEntries(
          [...inlined].map(([name, part]) => [name, [path.join(outbox, '..', part, 'src/index.ts')]]),
        ),
        noEmit: false,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        rootDir: path.join(outbox, '..'),
        outDir: into,
      },
      include: [],
      files: entries.map((file) => path.join(outbox, file)),
    }),
  );
  execFileSync(path.join(repository, 'node_modules/.bin/tsc'), ['-p', settings], { stdio: 'inherit' });
}

/** Where a file imports a package that lies inside, it names the file instead. */
function pointInside(content: string, file: string, inlined: ReadonlyMap<string, string>): void {
  const at = path.join(content, file);
  let text = readFileSync(at, 'utf8');
  for (const [name, part] of inlined) {
    const target = path.relative(path.dirname(file), path.join(part, 'index.js'));
    text = text.replaceAll(`from '${name}'`, `from '${target}'`);
  }
  writeFileSync(at, text);
}
