import * as z from 'zod';
import { createLog } from '../../../functions/aws/log.ts';
import { createPorts } from '../../../functions/aws/ports.ts';
import { type ConsoleServer, serveConsole } from '../../console/serve-console.ts';
import type { Stack } from '../../local/stack.ts';
import { percentile } from '../percentile.ts';
import { MeteringHandler } from './metering-handler.ts';
import { beside, report, say } from './output.ts';

const ROWS = 50;
const MOST_MS = 150;
const MOST_UNITS = 25;
/** Requests before the measured ones, which compile the engine's and the server's code. */
const WARM_UP = 10;
/** Pages of a list that are read in turn. */
const PAGES = 5;

/** Every filter and order of the list that the page offers. */
const QUERIES = [
  '',
  'sort=name',
  'sort=share',
  'tier=basic',
  'tier=basic&sort=name',
  'tier=basic&sort=share',
  'table=TABLE',
  'table=TABLE&sort=share',
  'near=80',
  'tier=advanced&near=80',
  'search=district-00',
  'search=District%207',
  'tier=premium&search=District%207',
  'status=queued',
] as const;

const Page = z.object({ tenants: z.array(z.unknown()), cursor: z.string().nullable() });

interface ListResult {
  readonly query: string;
  readonly rows: number;
  readonly times: readonly number[];
  readonly units: number;
}

/** Measures pages of the list of tenants through the API, for each filter and order: their times and their read units. */
export const measureLists = async (
  stack: Stack,
  { requests, table }: { readonly requests: number; readonly table: string },
): Promise<void> => {
  const meter = new MeteringHandler();
  const metered = createPorts(stack.ports.settings, {
    dynamodb: { ...stack.client, requestHandler: meter },
    sfn: { ...stack.client, endpoint: stack.endpoints.stepFunctions },
    log: createLog('silent'),
  });
  const subject = { name: 'bench', role: 'viewer', verified: false } as const;
  const served = await serveConsole({ ports: stack.ports, subject });
  // another server, since the meter itself takes time
  const costing = await serveConsole({ ports: metered, subject });
  try {
    const results: ListResult[] = [];
    for (const query of QUERIES) {
      const named = query.replace('TABLE', table);
      report(`list of tenants: ${named || 'without a filter'}`);
      await timesOf(served, named, WARM_UP);
      const { times, rows } = await timesOf(served, named, requests);
      results.push({ query, rows, times, units: await mostUnits(costing, meter, named) });
    }
    sayLists(results);
  } finally {
    await served.stop();
    await costing.stop();
  }
};

const pageOf = async ({ endpoint, token }: ConsoleServer, query: string, cursor: string | null) => {
  const from = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  const response = await fetch(`${endpoint}/api/tenants?limit=${ROWS}&${query}${from}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const document = await response.json();
  if (response.status !== 200) throw new Error(`${query}: ${JSON.stringify(document)}`);
  return Page.parse(document);
};

/** Reads the first pages of a list in turn. */
const timesOf = async (server: ConsoleServer, query: string, requests: number) => {
  const times: number[] = [];
  let rows = 0;
  let cursor: string | null = null;
  for (let n = 0; n < requests; n += 1) {
    const started = performance.now();
    const page: z.output<typeof Page> = await pageOf(server, query, cursor);
    times.push(performance.now() - started);
    rows = Math.max(rows, page.tenants.length);
    cursor = n % PAGES === PAGES - 1 ? null : page.cursor;
  }
  if (rows === 0) throw new Error(`the list is empty: ${query}`);
  return { times, rows };
};

const mostUnits = async (server: ConsoleServer, meter: MeteringHandler, query: string): Promise<number> => {
  let most = 0;
  let cursor: string | null = null;
  for (let n = 0; n < PAGES; n += 1) {
    meter.units = 0;
    const page: z.output<typeof Page> = await pageOf(server, query, cursor);
    most = Math.max(most, meter.units);
    cursor = page.cursor;
    if (cursor === null) break;
  }
  return most;
};

const sayLists = (results: readonly ListResult[]): void => {
  say('list of tenants, a page of 50 rows through the API: rows; median, 95th percentile; most read units');
  for (const { query, rows, times, units } of results)
    say(
      `  ${(query || 'without a filter').padEnd(34)}${String(rows).padStart(4)}${times50(times)}${times95(times)}${units.toFixed(1).padStart(8)}`,
    );
  const slowest = Math.max(...results.map(({ times }) => percentile(times, 0.95)));
  say(
    `  slowest list: 95th percentile ${beside(slowest, MOST_MS, 'ms')}`,
    `  dearest page: ${beside(Math.max(...results.map(({ units }) => units)), MOST_UNITS, 'read units')}`,
  );
};

const column = (value: number): string => `${Math.round(value)} ms`.padStart(9);
const times50 = (times: readonly number[]): string => column(percentile(times, 0.5));
const times95 = (times: readonly number[]): string => column(percentile(times, 0.95));
