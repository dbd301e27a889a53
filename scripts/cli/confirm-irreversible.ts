import type { Command } from 'commander';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { type ActionName, actionsOf } from '../../functions/migration/operator/actions.ts';
import type { Cli } from './cli.ts';
import { isEmbeddedStack } from './embedded-stack.ts';

/** A request that cannot be undone. */
interface IrreversibleRequest {
  /** The request as the command line words it, e.g. `hold --end-now`. */
  readonly request: string;
  /** Its effect, in sentences. */
  readonly effect: string;
  readonly tenantId: string;
}

export const withYesOption = (command: Command): Command =>
  command.option('--yes', 'do not ask for a confirmation of what cannot be undone');

/**
 * Asks the user to confirm a request that cannot be undone, as the ops console does: by the tenant's id. Asks nothing with
 * `--yes`, and on an embedded stack, whose data is of no value.
 * @throws InvalidRequest if the user does not confirm it, or there is no terminal to ask in.
 */
export const confirmIrreversible = async (
  cli: Cli,
  isConfirmed: boolean,
  { request, effect, tenantId }: IrreversibleRequest,
): Promise<void> => {
  if (isConfirmed || isEmbeddedStack(cli.env)) return;
  if (!cli.ask)
    throw new InvalidRequest(
      `'${request}' cannot be undone and was not confirmed. ${effect} Nothing was changed. To confirm it, add --yes.`,
    );
  cli.out.say([`'${request}' cannot be undone. ${effect}`]);
  const answer = await cli.ask(`Type the tenant's id, ${tenantId}, to continue: `);
  if (answer.trim() !== tenantId)
    throw new InvalidRequest(`'${request}' was not confirmed. Nothing was changed.`);
};

/**
 * Asks for a confirmation of an action that cannot be undone, in the words of the ops console. Asks nothing if the action
 * is not allowed now: the core then refuses it.
 */
export const confirmAction = async (
  cli: Cli,
  isConfirmed: boolean,
  { request, action: name, migration }: { request: string; action: ActionName; migration: Migration },
): Promise<void> => {
  const facts = { execution: 'unknown', stragglers: 0, againRefusal: undefined } as const;
  const action = actionsOf(migration, facts).find((one) => one.name === name);
  if (!action?.allowed) return;
  await confirmIrreversible(cli, isConfirmed, {
    request,
    effect: action.effect,
    tenantId: migration.tenantId,
  });
};
