import * as z from 'zod';
import type { Ports } from '../../functions/migration/ports.ts';

/** Hold of a migration that is started from the console of a local stack, in ms: time to look at it and to try a rollback. */
const CONSOLE_HOLD_MS = 60 * 60_000;
const GivenHold = z.object({ holdMs: z.number() });

/** Returns ports for a local stack's console, which keeps the source for some time unless the given settings name a hold. */
export const withConsoleHold = <P extends Pick<Ports, 'settings'>>(ports: P, givenSettings: unknown): P =>
  GivenHold.safeParse(givenSettings).success
    ? ports
    : { ...ports, settings: { ...ports.settings, holdMs: CONSOLE_HOLD_MS } };
