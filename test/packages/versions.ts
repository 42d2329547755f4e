/** A version as one package.json names it. */
export interface Dependency {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

/** Semver 2.0 without ranges: three numbers and perhaps a prerelease tag. */
const exact = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** One line for each version that could resolve to something else tomorrow. */
export function inexactVersions(dependencies: readonly Dependency[]): string[] {
  return dependencies
    .filter(({ version }) => !exact.test(version))
    .map(({ folder, name, version }) => `${folder || 'root'}: ${name} ${version}`);
}

/** One line for each package that two workspaces ask for in different versions. */
export function differingVersions(dependencies: readonly Dependency[]): string[] {
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of dependencies)
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  return [...versions]
    .filter(([, set]) => set.size > 1)
    .map(([name, set]) => `${name}: ${[...set].join(', ')}`);
}

/** One entry of package-lock.json. */
export interface LockedPackage {
  /** `node_modules/fastify`, `packages/outbox`; the empty string is the root. */
  readonly path: string;
  readonly name: string;
  readonly source: 'registry' | 'workspace' | 'link';
  readonly version: string | undefined;
  readonly resolved: string | undefined;
  readonly integrity: string | undefined;
  readonly hasInstallScript: boolean;
  /** Optional, and of no use on Linux with glibc on x64 or arm64, where Waybill is run and tested. */
  readonly isForElsewhere: boolean;
}

type Plain = Readonly<Record<string, unknown>>;

const plain = (value: unknown): Plain =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Reads lock file version 3. @throws Error on any other version. */
export function readLock(content: string): LockedPackage[] {
  const lock = plain(JSON.parse(content));
  if (lock['lockfileVersion'] !== 3) throw new Error('package-lock.json is not of version 3');
  return Object.entries(plain(lock['packages'])).map(([path, value]) => {
    const entry = plain(value);
    const inModules = path.lastIndexOf('node_modules/');
    return {
      path,
      name: inModules === -1 ? path : path.slice(inModules + 'node_modules/'.length),
      source: entry['link'] === true ? 'link' : inModules === -1 ? 'workspace' : 'registry',
      version: text(entry['version']),
      resolved: text(entry['resolved']),
      integrity: text(entry['integrity']),
      hasInstallScript: entry['hasInstallScript'] === true,
      isForElsewhere: isForElsewhere(path, entry),
    };
  });
}

function isForElsewhere(path: string, entry: Plain): boolean {
  const fits = (list: unknown, ours: readonly string[]) =>
    !Array.isArray(list) || ours.some((one) => list.includes(one));
  const runsHere =
    fits(entry['os'], ['linux']) && fits(entry['cpu'], ['x64', 'arm64']) && !path.endsWith('-musl');
  return entry['optional'] === true && !runsHere;
}
