import type { EntityManager } from '@mikro-orm/postgresql';
import { type Lane, LaneDirectory } from './lane-directory.ts';

/** Reads every lane once, at start: at most a few hundred rows of a table that only migrations change. */
export async function readLanes(em: EntityManager): Promise<LaneDirectory> {
  const lanes: Lane[] = await em
    .fork()
    .execute('select lane, topic, partition from outbox_lane order by lane');
  return new LaneDirectory(lanes);
}
