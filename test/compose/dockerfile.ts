/** One instruction with its arguments; continuation lines are joined, comments dropped. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** A build stage: `FROM <from> AS <name>`. */
export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** @throws Error when an instruction stands before the first FROM */
export function readDockerfile(text: string): Stage[] {
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === 'FROM') {
      const [from = '', , as = ''] = rest.split(/\s+/);
      stages.push({ name: as, from, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (!stage || name === '') throw new Error(`not an instruction of a stage: ${line}`);
    stage.instructions.push({ name, text: rest });
  }
  return stages;
}

/** A stage with all that it is built from, the oldest first. */
export function stageWithBases(stages: readonly Stage[], target: string): Stage[] {
  const stage = stages.find((one) => one.name === target);
  return stage ? [...stageWithBases(stages, stage.from), stage] : [];
}

/** Paths that a stage copies from the build context. */
export function copiedSources(stage: Stage): string[] {
  return stage.instructions
    .filter(({ name, text }) => name === 'COPY' && !text.includes('--from='))
    .flatMap(({ text }) =>
      text
        .split(/\s+/)
        .filter((part) => !part.startsWith('--'))
        .slice(0, -1),
    );
}

/** Whether a `.dockerignore` that begins by ignoring everything lets this path through. */
export function isInContext(ignoreFile: string, path: string): boolean {
  const allowed = ignoreFile
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const clean = path.replace(/\/$/, '');
  return allowed.some((one) => clean === one || clean.startsWith(`${one}/`));
}
