import type { BenchDatabase } from './databases.ts';
import {
  cursorFigures,
  drainFigures,
  heldFigures,
  idleFigures,
  latencyFigures,
  memoryFigures,
  outageFigures,
  peerFigures,
} from './figures.ts';
import type { Ground } from './ground.ts';
import type { Machine } from './machine.ts';
import type { BenchOptions, PartName } from './options.ts';
import { cursorRounds } from './parts/cursor-read.ts';
import { drainRounds, loadBacklog } from './parts/drain.ts';
import { heldRounds } from './parts/held-transaction.ts';
import { latencyRounds } from './parts/latency.ts';
import { outageRounds } from './parts/outage.ts';
import { peerEvents, peerRounds } from './parts/peers.ts';
import { idleRounds, memoryRounds } from './parts/resources.ts';
import type { Figure, Results } from './results.ts';

/** Everything that the options ask for, the parts on one broker first: starting three costs most. */
export async function measure(ground: Ground, machine: Machine, options: BenchOptions): Promise<Results> {
  const figures: Figure[] = [];
  const voided: string[] = [];
  const wants = (part: PartName): boolean => options.parts.includes(part);
  const noteVoid = (
    part: string,
    rounds: readonly { readonly state: string; readonly reason?: string }[],
  ): void => {
    for (const { state, reason } of rounds) if (state === 'void') voided.push(`${part}: ${reason}`);
  };

  const onBacklog = async (
    events: number,
    work: (backlog: BenchDatabase) => Promise<void>,
  ): Promise<void> => {
    await using backlog = await loadBacklog(ground, { ...options, events });
    await work(backlog);
  };

  if (wants('latency')) {
    const rounds = await latencyRounds(ground, options);
    noteVoid('latency', rounds);
    figures.push(...latencyFigures(rounds, options.clients));
  }
  if (wants('idle')) figures.push(...idleFigures(await idleRounds(ground, options), options.clients));
  if (wants('outage')) {
    const rounds = await outageRounds(ground, options);
    noteVoid('outage', rounds);
    figures.push(...outageFigures(rounds, options.clients));
  }
  if (wants('memory')) {
    await onBacklog(options.backlog, async (backlog) => {
      const rounds = await memoryRounds(ground, backlog, options);
      noteVoid('memory', rounds);
      figures.push(...memoryFigures(rounds, options.clients));
    });
  }
  if (wants('peers')) {
    await onBacklog(peerEvents(options), async (backlog) => {
      const rounds = await peerRounds(ground, backlog, options);
      noteVoid('peers', rounds);
      figures.push(...peerFigures(rounds));
    });
  }
  if (wants('drain') || wants('cursor') || wants('held')) {
    await onBacklog(options.events, async (backlog) => {
      if (wants('cursor')) figures.push(...cursorFigures(await cursorRounds(ground, backlog, options)));
      if (wants('held')) {
        const rounds = await heldRounds(ground, backlog, options);
        noteVoid('held', rounds);
        figures.push(...heldFigures(rounds, options.clients));
      }
      if (!wants('drain')) return;
      for (const size of options.brokers) {
        const rounds = await drainRounds(ground, backlog, options, size);
        noteVoid('drain', rounds);
        figures.push(...drainFigures(rounds, options.clients, size));
      }
    });
  }
  return { machine, figures, voided };
}
