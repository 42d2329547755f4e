/** One way to break the product that a named test must notice. */
export interface Mutant {
  readonly name: string;
  /** The file to break, from the repository's root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files that must fail, from the repository's root; all of one vitest project. */
  readonly tests: readonly string[];
  /** Runs only tests whose full name holds this text, where a file has many and servers are slow. */
  readonly only?: string;
  /** How the failing test says it, when it is not by an assertion: a refused statement, a wait that ran out. */
  readonly failsWith?: RegExp;
  /** What would be lost if nobody noticed. */
  readonly why: string;
}

/** The vitest project that a mutant's tests belong to, by their names. @throws Error when they belong to two */
export function projectOf(tests: readonly string[]): string {
  const projects = new Set(tests.map((test) => /\.(integration|long)\.test\.ts$/.exec(test)?.[1] ?? 'unit'));
  const [project] = projects;
  if (project === undefined || projects.size > 1)
    throw new Error(`${tests.join(', ')}: one project each, please`);
  return project;
}

/** The file with the mutation in it. @throws Error when the text to find is not there exactly once */
export function mutate(text: string, mutant: Pick<Mutant, 'name' | 'file' | 'find' | 'replace'>): string {
  const parts = text.split(mutant.find);
  if (parts.length !== 2) {
    throw new Error(
      `${mutant.name}: ${mutant.file} has the text to find ${parts.length - 1} times: renew the mutant`,
    );
  }
  return parts.join(mutant.replace);
}
