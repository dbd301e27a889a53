import type { PostArgs } from '../api/client.ts';
import { usePost } from '../api/use-post.ts';
import type { ActionName } from './action-labels.ts';

type Body = PostArgs<'/migrations/{migrationId}/actions/{action}'>['body'];

/** A migration, and the tag of its actions as they are on the screen. */
export interface Steered {
  readonly migrationId: string;
  readonly tenantId: string;
  readonly actionsTag: string;
}

/**
 * Returns a function that carries out an action on a migration as the operator sees it. If another operator was first,
 * the error says who (`ProblemAlert` shows it).
 */
export const useAction = ({ migrationId, actionsTag }: Steered) => {
  const { mutateAsync, mutate, error, isPending, reset } = usePost(
    '/migrations/{migrationId}/actions/{action}',
  );
  const argsOf = (action: ActionName, body: Body) => ({
    params: { migrationId, action },
    ifMatch: actionsTag,
    body,
  });
  return {
    act: (action: ActionName, body: Body) => mutate(argsOf(action, body)),
    actAsync: (action: ActionName, body: Body) => mutateAsync(argsOf(action, body)),
    error,
    isPending,
    reset,
  };
};
