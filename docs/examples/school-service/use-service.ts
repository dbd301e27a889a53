import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

/** The users' view of the service during a run. */
export interface Usage {
  readonly writes: number;
  readonly reads: number;
  /** Answers that asked a user to try again. */
  readonly retries: number;
  /** Longest time between two acknowledged writes of one user, in ms. */
  readonly longestWriteMs: number;
  /** Reads that returned an older version than an acknowledged write, or another number of schools. */
  readonly stale: readonly string[];
}

type Request = (path: string, init?: RequestInit) => Promise<Response>;

const USERS = 4;
/** ms between two actions of a user. */
const THINKING_MS = 50;
/** Changes of a student between two lists of the schools: a list reads far more items. */
const CHANGES_PER_LIST = 20;

const Saved = z.object({ version: z.number() });
const Schools = z.object({ schools: z.array(z.unknown()) });

/**
 * Uses the service as several people do, until `isOver`: each changes a student of their own and reads the student after
 * every change, and one of them lists the schools.
 * @throws Error on an answer that neither succeeds nor asks to try again.
 */
export const useService = async (
  request: Request,
  district: string,
  isOver: () => boolean,
): Promise<Usage> => {
  const seen = { writes: 0, reads: 0, retries: 0, longestWriteMs: 0, stale: [] as string[] };

  /** Sends a request until it is answered with other than "try again". */
  const send = async (path: string, init?: RequestInit): Promise<unknown> => {
    for (;;) {
      const response = await request(`/districts/${district}/${path}`, init);
      if (response.ok) return response.json();
      if (response.status !== 503) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      seen.retries += 1;
      await sleep(THINKING_MS);
    }
  };

  const changeStudent = async (path: string, version: number): Promise<void> => {
    await send(path, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
      body: JSON.stringify({ firstName: 'Ada', lastName: `Version ${version + 1}`, version }),
    });
    seen.writes += 1;
    const read = Saved.parse(await send(path));
    seen.reads += 1;
    if (read.version !== version + 1)
      seen.stale.push(`${path}: version ${read.version} after ${version + 1} was acknowledged`);
  };

  const countSchools = async (): Promise<number> => {
    seen.reads += 1;
    return Schools.parse(await send('schools')).schools.length;
  };

  const user = async (n: number): Promise<void> => {
    const path = `students/${randomUUID()}`;
    const schools = await countSchools();
    let acknowledgedAt = performance.now();
    for (let version = 0; !isOver(); version++) {
      await changeStudent(path, version);
      seen.longestWriteMs = Math.max(seen.longestWriteMs, performance.now() - acknowledgedAt);
      acknowledgedAt = performance.now();
      const counted = n === 0 && version % CHANGES_PER_LIST === 0 ? await countSchools() : schools;
      if (counted !== schools) seen.stale.push(`${counted} schools after ${schools}`);
      await sleep(THINKING_MS);
    }
  };

  await Promise.all(Array.from({ length: USERS }, (_, n) => user(n)));
  return { ...seen, longestWriteMs: Math.round(seen.longestWriteMs) };
};
