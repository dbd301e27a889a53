import * as z from 'zod';
import type { EpochMs } from '../names.ts';
import type { FieldsOf } from '../record-fields.ts';

/** An earlier request of the console with the same idempotency key. */
export const EarlierRequest = z.object({
  /** Hash of the request: a key is for one request only. */
  request: z.string(),
  /** Absent while the request is being processed. */
  answer: z.object({ status: z.number(), body: z.string() }).optional(),
});
export type EarlierRequest = FieldsOf<typeof EarlierRequest>;

/**
 * Requests of the console, by the hash of subject and idempotency key. Each is a few hundred bytes and is kept, like an
 * event.
 */
export interface IdempotentRequests {
  /**
   * Begins a request, unless it was begun before. A request without an answer after `REQUEST_MS` is begun again,
   * because the console that processed it has died.
   * @returns the earlier request; undefined if it begins now.
   */
  begin(id: string, request: string, at: EpochMs): Promise<EarlierRequest | undefined>;
  /** Saves the answer of a request that was begun. */
  finish(id: string, request: string, answer: NonNullable<EarlierRequest['answer']>): Promise<void>;
  /** Removes a request that has failed without an answer. A missing request is not an error. */
  forget(id: string, request: string): Promise<void>;
}

/** Time after which a request of the console without an answer may be begun again, in ms. */
export const REQUEST_MS = 120_000;
