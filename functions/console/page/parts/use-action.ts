import type { PostArgs } from '../api/client.ts';
import { usePost } from '../api/use-post.ts';
import type { ActionName } from './action-labels.ts';
import { currentTag, noteOwnChange } from './own-tags.ts';

type Body = PostArgs<'/migrations/{migrationId}/actions/{action}'>['body'];

/** A migration, and the tag of its actions as they are on the screen. */
export interface SteerResult {
  readonly migrationId: string;
  readonly tenantId: string;
  readonly actionsTag: string;
}

/**
 * Returns a function that carries out an action on a migration as the operator sees it. If another operator was first,
 * the error says who (`ProblemAlert` shows it).
 */
export const useAction = ({ migrationId, actionsTag }: SteerResult) => {
  const { mutateAsync, error, isPending } = usePost('/migrations/{migrationId}/actions/{action}');
  const actAsync = async (action: ActionName, body: Body) => {
    const ifMatch = currentTag(actionsTag);
    const changed = await mutateAsync({ params: { migrationId, action }, ifMatch, body });
    noteOwnChange(ifMatch, changed.actionsTag);
    return changed;
  };
  return { actAsync, error, isPending };
};
