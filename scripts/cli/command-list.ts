import type { Define } from './cli.ts';

/** A command as the program's help lists it. Its module is loaded only when the command is used. */
export interface ListedCommand {
  readonly name: string;
  readonly description: string;
  /** Descriptions of its arguments, by their names as commander writes them. */
  readonly args?: Readonly<Record<string, string>>;
  /** True if the command uses neither settings nor ports. */
  readonly isOffline?: true;
  /** True if only shells call the command. */
  readonly isHidden?: true;
  load(): Promise<Define>;
}

const LATEST = 'migration id, or tenant id for its latest migration';
const OPEN_MIGRATION = { '<migration|tenant>': 'migration id, or tenant id for its open migration' };
const TENANT = { '<tenant>': 'tenant id' };

const control = (name: string, description: string): ListedCommand => ({
  name,
  description,
  args: OPEN_MIGRATION,
  load: async () => (await import('./commands/controls.ts')).defineControl,
});

/** All commands, under the headings of the program's help. */
export const COMMAND_GROUPS: Readonly<Record<string, readonly ListedCommand[]>> = {
  'Try it:': [
    {
      name: 'local',
      description: 'Run DynamoDB, Step Functions and the ops console on this machine',
      args: {
        '[env]': "'env' prints the running stack's environment as export lines",
        '[command...]': 'after --: a command to run; the stack stops when it ends (default: Ctrl-C stops it)',
      },
      load: async () => (await import('./commands/local.ts')).defineLocal,
    },
    {
      name: 'demo',
      description:
        'Run a whole migration on this machine: stack, sample districts, dry run, migration, report',
      load: async () => (await import('./commands/demo.ts')).defineDemo,
    },
  ],
  'Move a tenant:': [
    {
      name: 'tenant',
      description: 'Register, import, list, show, set, rename and remove tenants',
      load: async () => (await import('./commands/tenant.ts')).defineTenant,
    },
    {
      name: 'plan',
      description: 'Show what a migration would do; writes nothing but its own record',
      args: TENANT,
      load: async () => (await import('./commands/plan.ts')).definePlan,
    },
    {
      name: 'migrate',
      description: "Move a tenant to another tier's table, or to another table of its tier",
      args: TENANT,
      load: async () => (await import('./commands/migrate.ts')).defineMigrate,
    },
  ],
  'Move many tenants:': [
    {
      name: 'sweep',
      description: 'Request a migration for every tenant that should be in another table (safe to re-run)',
      load: async () => (await import('./commands/sweep.ts')).defineSweep,
    },
    {
      name: 'table',
      description: 'List, add, retire and reinstate tier tables',
      load: async () => (await import('./commands/table.ts')).defineTable,
    },
    {
      name: 'queue',
      description: 'Show running and queued migrations',
      load: async () => (await import('./commands/queue.ts')).defineQueue,
    },
  ],
  'Watch:': [
    {
      name: 'console',
      description: 'Serve the ops console on this machine, with your own AWS credentials',
      load: async () => (await import('./commands/console.ts')).defineConsole,
    },
    {
      name: 'status',
      description: 'List the latest migrations, or show the progress of one',
      args: { '[migration|tenant]': LATEST },
      load: async () => (await import('./commands/status.ts')).defineStatus,
    },
    {
      name: 'wait',
      description: 'Wait until a migration has reached a status',
      args: { '<migration|tenant>': LATEST },
      load: async () => (await import('./commands/wait.ts')).defineWait,
    },
    {
      name: 'events',
      description: 'Show the events of all migrations, oldest first',
      load: async () => (await import('./commands/events.ts')).defineEvents,
    },
    {
      name: 'report',
      description: 'Show the report of a migration, or the plan of a dry run',
      args: { '<migration|tenant>': LATEST },
      load: async () => (await import('./commands/report.ts')).defineReport,
    },
    {
      name: 'verify',
      description: "Compare a tenant's items in two tables value by value; changes nothing",
      args: TENANT,
      load: async () => (await import('./commands/verify.ts')).defineVerify,
    },
    {
      name: 'thresholds',
      description: 'Show the tier catalogue, and the tenants near their limit or over it',
      load: async () => (await import('./commands/thresholds.ts')).defineThresholds,
    },
    {
      name: 'lint-tables',
      description: "Find names of tier tables in an application's sources",
      args: { '<paths...>': 'folders or files of the application' },
      load: async () => (await import('./commands/lint-tables.ts')).defineLintTables,
    },
  ],
  'Control a running migration:': [
    control('pause', 'Stop copying, applying, flipping and deleting until resumed; capture continues'),
    control('resume', 'Continue a paused migration'),
    control('hold-cutover', 'Wait before the fence until you release the cutover; changes are still applied'),
    control('cutover', 'Release a cutover that waits because of hold-cutover'),
    control('cancel', 'Undo a migration before the flip'),
    {
      name: 'limit',
      description:
        'Limit the capacity that a migration uses, so that the tenant and its neighbours keep enough',
      args: OPEN_MIGRATION,
      load: async () => (await import('./commands/limit.ts')).defineLimit,
    },
  ],
  'After the flip:': [
    {
      name: 'hold',
      description: 'Change how long the source is kept after the flip, or end the hold',
      args: OPEN_MIGRATION,
      load: async () => (await import('./commands/hold.ts')).defineHold,
    },
    {
      name: 'rollback',
      description: 'Move a tenant back during the hold, with every write made since the flip',
      args: OPEN_MIGRATION,
      load: async () => (await import('./commands/rollback.ts')).defineRollback,
    },
    {
      name: 'retry',
      description:
        'Continue a migration or rollback that has stopped, or request again a migration that was rolled back',
      args: { '<migration|tenant>': LATEST },
      load: async () => (await import('./commands/retry.ts')).defineRetry,
    },
  ],
  'Repair:': [
    {
      name: 'doctor',
      description:
        'Read all control records, and report inconsistencies with the one safe next command for each',
      load: async () => (await import('./commands/doctor.ts')).defineDoctor,
    },
    {
      name: 'mend',
      description: "Repair one finding of 'tierferry doctor' in the control records",
      args: { '<finding>': "id of a finding, from 'tierferry doctor'" },
      load: async () => (await import('./commands/doctor.ts')).defineMend,
    },
  ],
  'Learn:': [
    {
      name: 'help',
      description: 'Show the help of a command, or explain a topic, a term or an error',
      args: { '[topic...]': "a command, a topic, a term of the glossary or an error's name" },
      isOffline: true,
      load: async () => (await import('./commands/help.ts')).defineHelp,
    },
    {
      name: 'completion',
      description: 'Print the script with which a shell completes commands, flags and ids',
      args: { '<shell>': 'bash, zsh or fish' },
      isOffline: true,
      load: async () => (await import('./commands/completion.ts')).defineCompletion,
    },
    {
      name: '__complete',
      description: 'Print the completions of the last word after --, for the scripts of completion',
      args: { '<shell>': 'bash, zsh or fish', '[words...]': 'after --: the words of the command line' },
      isOffline: true,
      isHidden: true,
      load: async () => (await import('./commands/complete.ts')).defineComplete,
    },
  ],
};

export const COMMANDS: readonly ListedCommand[] = Object.values(COMMAND_GROUPS).flat();
