import * as z from 'zod';
import { TABLE_NAME_CHARACTERS } from '../limits.ts';
import { addSettingsProblems, parseSettings, type Settings, settingsSchema } from './settings.ts';

const alarms = z.strictObject({
  /** Email addresses that alarms are sent to. Each must be confirmed once, through the mail that SNS sends. */
  email: z
    .array(z.email())
    .refine((all) => new Set(all).size === all.length, 'an address is listed twice')
    .default([]),
  /** Delay of capture above which an alarm is raised, in seconds. Cutovers wait for capture. */
  captureBehindSeconds: z.number().int().min(1).default(60),
  /** Number of consecutive minutes for which the delay must exceed it. */
  captureBehindMinutes: z.number().int().min(1).default(3),
});

const adoptedTable = z.strictObject({
  /** Name of a tier of the catalogue. */
  tier: z.string(),
  /** Name of the table; any name that DynamoDB allows. */
  table: z
    .string()
    .regex(
      new RegExp(`^[a-zA-Z0-9_.-]{3,${TABLE_NAME_CHARACTERS}}$`),
      'a table name is 3 to 255 letters, digits, dots, hyphens or underscores',
    ),
  /** ARN of the table's stream, as `aws dynamodb describe-table --query Table.LatestStreamArn` prints it. */
  streamArn: z
    .string()
    .regex(
      /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[^/]+\/stream\/.+$/,
      'the ARN of a DynamoDB stream: arn:...:table/<name>/stream/<label>',
    ),
});

const httpsUrl = z.url({ protocol: /^https$/, error: 'is no https URL' });

const consoleSchema = z.strictObject({
  /** OpenID issuer of the console's users, exactly as its tokens name it in `iss`. */
  issuer: httpsUrl,
  /** Id of the console at the issuer: `aud` of its tokens, or `client_id` of Cognito's access tokens. */
  clientId: z.string().min(1),
  /** The group that each role is given to. A user in none of them may do nothing. */
  groups: z
    .strictObject({
      viewer: z.string().min(1).default('tierferry-viewer'),
      operator: z.string().min(1).default('tierferry-operator'),
      admin: z.string().min(1).default('tierferry-admin'),
    })
    .refine((groups) => new Set(Object.values(groups)).size === 3, 'each role has a group of its own')
    .prefault({}),
  /** Claim with the groups of a user. */
  groupsClaim: z.string().min(1).default('cognito:groups'),
  /** Claim with a name that is shown next to the id of a user; absent to show the id alone. */
  nameClaim: z.string().min(1).optional(),
  /** Scope that the page requests from the issuer. */
  scope: z.string().min(1).default('openid'),
  /** URL of the issuer's keys; `/.well-known/jwks.json` under the issuer if absent. */
  jwksUri: httpsUrl.optional(),
  /** Origins of the issuer's endpoints, if they are not the issuer's own: the domain of a Cognito user pool, for example. */
  origins: z
    .array(httpsUrl.refine((url) => new URL(url).origin === url, 'is an origin, without path and slash'))
    .default([]),
  /** Path under which the console is served; `/` behind a domain name that is mapped to the stage. */
  basePath: z
    .string()
    .regex(/^\/([\w-]+\/)*$/, 'begins and ends with a slash')
    .default('/console/'),
});

/**
 * Maximum number of adopted tables. Each is in the policies of most functions, which hold 10,240 characters. [IAM
 * quotas, inline policies of a role]
 */
const ADOPTED_TABLES = 20;

const schema = settingsSchema
  .extend({
    alarms: alarms.prefault({}),
    /**
     * Tables that existed before Tierferry, shared or dedicated. Tierferry moves tenants out of them and into them.
     */
    adoptedTables: z.array(adoptedTable).max(ADOPTED_TABLES).default([]),
    /**
     * True if functions that must be protected from bursts reserve concurrency of their own (23 in all). Set it to
     * false in an account with little concurrency: Lambda keeps 100 for all other functions. [Lambda developer guide,
     * Configuring reserved concurrency]
     */
    reservedConcurrency: z.boolean().default(true),
    /** The ops console, deployed for the users of an OpenID issuer; not deployed if absent. */
    console: consoleSchema.optional(),
  })
  .superRefine((config, ctx) => {
    addSettingsProblems(config, ctx);
    const { tiers, adoptedTables } = config;
    const seen = new Set<string>();
    for (const [n, { tier, table, streamArn }] of adoptedTables.entries()) {
      const wrong = (field: string, message: string) =>
        ctx.addIssue({ code: 'custom', path: ['adoptedTables', n, field], message });
      if (!tiers.some(({ name }) => name === tier))
        wrong('tier', `'${tier}' is not in the catalogue: ${tiers.map(({ name }) => name).join(', ')}`);
      if (!streamArn.includes(`:table/${table}/`)) wrong('streamArn', `is not a stream of table ${table}`);
      if (seen.has(table)) wrong('table', `${table} is listed twice`);
      seen.add(table);
    }
  });

/** Input of `tierferry.config.ts`. Every field that is left out has a default. */
export type ConfigInput = z.input<typeof schema>;

/**
 * The configuration of a deployment: settings for its functions and the command line, and options of the deployment
 * itself.
 */
export interface Config {
  readonly settings: Settings;
  readonly alarms: z.infer<typeof alarms>;
  readonly adoptedTables: readonly z.infer<typeof adoptedTable>[];
  readonly reservedConcurrency: boolean;
  readonly console?: ConsoleConfig | undefined;
}

/** A deployed console: where its users come from, and which of them may do what. */
export type ConsoleConfig = z.output<typeof consoleSchema>;
/** Options of the console, as a user writes them. */
export type ConsoleInput = z.input<typeof consoleSchema>;
/** @throws z.ZodError */
export const parseConsole = (given: unknown): ConsoleConfig => consoleSchema.parse(given);

/** Options of the alarms, as a user writes them. */
export type AlarmsInput = z.input<typeof alarms>;
/** @throws z.ZodError */
export const parseAlarms = (given: AlarmsInput = {}): Config['alarms'] => alarms.parse(given);

/** @throws z.ZodError with every field that is wrong or unknown. */
export const parseConfig = (input: unknown): Config => {
  const { alarms, adoptedTables, reservedConcurrency, console, ...settings } = schema.parse(input);
  return { settings: parseSettings(settings), alarms, adoptedTables, reservedConcurrency, console };
};

/**
 * Returns the settings of a configuration as they were given.
 * @throws z.ZodError if any field of the configuration is wrong.
 */
export const settingsIn = (input: unknown): unknown => {
  parseConfig(input);
  const {
    alarms: _,
    adoptedTables: __,
    reservedConcurrency: ___,
    console: ____,
    ...settings
  } = input as ConfigInput;
  return settings;
};

/**
 * Types a configuration for `tierferry.config.ts`, and returns it unchanged.
 * @example export default defineConfig({ prefix: 'school', alarms: { email: ['ops@example.org'] } });
 */
export const defineConfig = (config: ConfigInput): ConfigInput => config;
