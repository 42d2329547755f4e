/** Everything that a token may allow. */
export const scopes = [
  'users:read',
  'users:write',
  'catalog:write',
  'orders:read',
  'orders:write',
  'orders:read:any',
  'orders:write:any',
  'reports:read',
] as const;
export type Scope = (typeof scopes)[number];

/** Who asks: the token's subject (a user's id for people) and what the token allows. */
export interface Principal {
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Whose orders a principal sees. */
export type OrderVisibility =
  | { readonly kind: 'all' }
  | { readonly kind: 'own'; readonly userId: string }
  | { readonly kind: 'none' };

/** A user's own orders take a scope too: another route may show them to a token that was made to read users. */
export function visibleOrders({ subject, scopes }: Principal): OrderVisibility {
  if (scopes.has('orders:read:any')) return { kind: 'all' };
  return scopes.has('orders:read') ? { kind: 'own', userId: subject } : { kind: 'none' };
}

export function seesOrdersOf(principal: Principal, userId: string): boolean {
  const visibility = visibleOrders(principal);
  return visibility.kind === 'all' || (visibility.kind === 'own' && visibility.userId === userId);
}

export function mayOrderFor(principal: Principal, userId: string): boolean {
  return principal.scopes.has('orders:write:any') || principal.subject === userId;
}

/** Whose orders a principal may change. */
export function changeableOrders(principal: Principal): OrderVisibility {
  return principal.scopes.has('orders:write:any')
    ? { kind: 'all' }
    : { kind: 'own', userId: principal.subject };
}
