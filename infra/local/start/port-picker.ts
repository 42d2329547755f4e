import { portFrom } from '../ports.ts';

/** Hands out the ports of one run and remembers which were not the usual ones. */
export interface PortPicker {
  /** `preferred`, or the next free one. */
  readonly take: (name: string, preferred: number) => Promise<number>;
  /** One sentence for every port that was taken. */
  readonly notes: readonly string[];
}

export function portPicker(): PortPicker {
  const notes: string[] = [];
  const take = async (name: string, preferred: number): Promise<number> => {
    const port = await portFrom(preferred);
    if (port !== preferred) notes.push(`port ${preferred} is taken: ${name} uses ${port}`);
    return port;
  };
  return { take, notes };
}
