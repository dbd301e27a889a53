import type { Session } from './schema.ts';
import { useGet } from './use-get.ts';

export type Role = Session['subject']['role'];
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

/**
 * Returns why the operator may not use what requires this role; undefined if they may. The server decides again. This
 * only keeps the page from offering what the server would refuse.
 */
export const useRoleRefusal = (needed: Role): string | undefined => {
  const { data } = useGet('/session', {});
  const role = data?.value.subject.role;
  if (role === undefined || ROLES.indexOf(role) >= ROLES.indexOf(needed)) return undefined;
  return `This needs the role ${needed}; yours is ${role}.`;
};
