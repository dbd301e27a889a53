import { Hono } from 'hono';
import {
  TenantLeaseExpired,
  TenantRouteNotFound,
  TenantRouteUnavailable,
  TenantWriteFenced,
} from 'tierferry/router';
import * as z from 'zod';
import { type SchoolRecords, VersionConflict } from './school-records.ts';

const StudentBody = z.strictObject({
  firstName: z.string().min(1),
  lastName: z.string().min(1),
  /** Version that the client has seen; 0 for a student who is not there yet. */
  version: z.number().int().min(0),
});

/** Seconds after which a client may try again, for temporary errors. */
const RETRY_AFTER_S = 1;

/**
 * The HTTP service. All it has to know about migrations are four errors of the router. It answers "try again" to those that are
 * temporary, and 404 for a district that is not registered.
 */
export const createService = (records: SchoolRecords): Hono => {
  const service = new Hono();

  service.get('/districts/:district/schools', async (c) =>
    c.json({ schools: await records.schools(c.req.param('district')) }),
  );

  service.get('/districts/:district/students/:student', async (c) => {
    const student = await records.student(c.req.param('district'), c.req.param('student'));
    return student ? c.json(student) : c.json({ error: 'no such student' }, 404);
  });

  service.put('/districts/:district/students/:student', async (c) => {
    const changeId = c.req.header('Idempotency-Key');
    const body = StudentBody.safeParse(await c.req.json().catch(() => undefined));
    if (!changeId || !body.success)
      return c.json({ error: 'send a student, and an Idempotency-Key that names this change' }, 400);
    const { district, student } = c.req.param();
    return c.json(await records.saveStudent(district, student, { ...body.data, changeId }));
  });

  service.onError((error, c) => {
    if (error instanceof TenantRouteNotFound) return c.json({ error: 'no such district' }, 404);
    if (error instanceof VersionConflict) return c.json({ error: error.message }, 409);
    const retryAfter = retryAfterOf(error);
    if (retryAfter === undefined) throw error;
    c.header('Retry-After', String(retryAfter));
    return c.json({ error: 'the district is busy, try again' }, 503);
  });
  return service;
};

/**
 * Returns the seconds after which the same request may succeed; undefined if it will not. A write that ended with
 * `TenantLeaseExpired` may have taken effect: sending it again is safe here because of its Idempotency-Key.
 */
const retryAfterOf = (error: Error): number | undefined => {
  if (error instanceof TenantWriteFenced) return Math.ceil(error.retryAfterMs / 1_000);
  if (error instanceof TenantLeaseExpired || error instanceof TenantRouteUnavailable) return RETRY_AFTER_S;
  return undefined;
};
