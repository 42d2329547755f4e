/** Database roles that the outbox grants to. They exist before the migrations run. */
export interface OutboxRoles {
  /** Writes events and reads their delivery. */
  readonly writer: string;
  /** Runs the relay. */
  readonly relay: string;
  /** Does upkeep. */
  readonly jobs: string;
  /** Looks at everything that holds no personal data. */
  readonly ops: string;
}

/** Takes back what `roles` were given, but not from the relay, where it is one of them: it had the right before. */
export function revokeBesides(relay: string, right: string, roles: readonly string[]): string {
  const others = roles.filter((role) => role !== relay);
  return others.length === 0 ? '' : `revoke ${right} from ${others.join(', ')};`;
}

/** Role names go into DDL as identifiers, which cannot be parameters. */
export function checkedRoles(roles: OutboxRoles): OutboxRoles {
  for (const role of Object.values(roles)) {
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(role)) throw new Error(`"${role}" is not a plain role name`);
  }
  return roles;
}
