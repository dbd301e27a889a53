import type { Transfer } from '../apply/transfer.ts';
import type { Direction, Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Route } from '../route/route.ts';

/** One cutover of a migration: what all its parts work with. */
export interface Cutover {
  readonly ports: Ports;
  /** The migration as this step has last read or changed it. */
  readonly migration: Migration;
  readonly direction: Direction;
  readonly transfer: Transfer;
}

/** A cutover as this step's fence has left it. The flip's conditions require migration and route unchanged. */
export interface FencedCutover extends Cutover {
  readonly route: Route;
}
