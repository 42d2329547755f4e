/** What packing reads of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Packages of this repository: their code goes into the package, because no registry has them. */
export function inlinedPackages({ dependencies }: Manifest): string[] {
  return Object.keys(dependencies).filter((name) => name.startsWith('@waybill/'));
}

/** Wanted by those who write in TypeScript, or who run the contract over a publisher of their own. */
const optionalPeers = ['@types/pg', 'vitest'];

/**
 * The package.json that another project gets. What MikroORM and pg are there is that project's to say: two copies of
 * MikroORM in one process do not know each other's entities. Hence peers, from the versions tried here upwards.
 *
 * @param tools devDependencies of the repository, for the versions of the optional peers
 */
export function packedManifest(manifest: Manifest, tools: Readonly<Record<string, string>>): object {
  const { name, version, description, license } = manifest;
  const inlined = inlinedPackages(manifest);
  const needed = Object.entries(manifest.dependencies).filter(
    ([dependency]) => !inlined.includes(dependency),
  );
  const optional = Object.entries(tools).filter(([tool]) => optionalPeers.includes(tool));
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    // As MikroORM 7; the compiler knows no later library when it packs.
    engines: { node: '>=22.17.0' },
    exports: Object.fromEntries(
      Object.entries(manifest.exports).map(([entry, file]) => {
        const built = file.replace(/\.ts$/, '');
        return [entry, { types: `${built}.d.ts`, default: `${built}.js` }];
      }),
    ),
    peerDependencies: Object.fromEntries(
      [...needed, ...optional].map(([peer, tried]) => [peer, `^${tried}`]),
    ),
    peerDependenciesMeta: Object.fromEntries(optional.map(([peer]) => [peer, { optional: true }])),
  };
}
