/** Somebody who buys. E-mail addresses are compared without regard to case. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly createdAt: Date;
}
