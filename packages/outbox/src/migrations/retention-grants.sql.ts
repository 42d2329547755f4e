import type { OutboxRoles } from './roles.ts';

/** Operators may see what keeps a day; only upkeep may drop one, and only operators raise the epoch. */
export function retentionGrants({ relay, jobs, ops }: OutboxRoles): string {
  return `
grant execute on function outbox_old_days(integer) to ${relay}, ${jobs}, ${ops};
grant execute on function outbox_drop_partition(text, integer) to ${relay}, ${jobs};
grant execute on function outbox_raise_epoch(text, text) to ${ops};
`;
}
