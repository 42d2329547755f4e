import type { OutboxRoles } from './roles.ts';

/** The relay looks there which events a replay has to leave as the markers that they became. */
export function findDiscarded({ relay }: OutboxRoles): string {
  return `
create index ix_outbox_audit_lane_seq on outbox_audit (lane, seq) where action = 'discarded';
comment on index ix_outbox_audit_lane_seq is 'the relay''s replays: whether an event was discarded';
grant select (lane, seq, action) on outbox_audit to ${relay};`;
}

export function dropFindDiscarded({ relay }: OutboxRoles): string {
  return `
revoke select (lane, seq, action) on outbox_audit from ${relay};
drop index ix_outbox_audit_lane_seq;`;
}
