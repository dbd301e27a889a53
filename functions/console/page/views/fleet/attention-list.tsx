import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useGet } from '../../api/use-get.ts';
import { ActionButton } from '../../parts/action-bar.tsx';
import { Empty } from '../../parts/empty.tsx';
import { paths, TenantLink, To } from '../../parts/to.tsx';
import type { Attention } from './attention.ts';

const LEVEL_WORDS = { error: 'Stopped', warning: 'Attention', info: 'Waiting' } as const;
const LEVEL_TYPES = { error: 'error', warning: 'warning', info: 'pending' } as const;
/** Rows at most: their actions are asked for one by one. */
const MAX_ROWS = 12;

/** List of what needs an operator, most urgent first, each with its one next action. */
export const AttentionList = ({ items }: { readonly items: readonly Attention[] }) => {
  if (items.length === 0)
    return <Empty title="Nothing needs a person">Migrations go on by themselves.</Empty>;
  return (
    <>
      <ul className="attention">
        {items.slice(0, MAX_ROWS).map((item) => (
          <li key={item.key}>
            <StatusIndicator type={LEVEL_TYPES[item.level]}>{LEVEL_WORDS[item.level]}</StatusIndicator>
            <span>{item.tenantId ? <TenantLink tenantId={item.tenantId} /> : 'Queue'}</span>
            <span>{item.what}</span>
            <NextStep item={item} />
          </li>
        ))}
      </ul>
      {items.length > MAX_ROWS && (
        <p>
          {items.length - MAX_ROWS} more are in the list of <To path={paths.migrations}>migrations</To>.
        </p>
      )}
    </>
  );
};

const NextStep = ({ item: { migrationId, tenantId, view } }: { readonly item: Attention }) => {
  if (view === 'doctor') return <To path={paths.doctor}>Open the doctor</To>;
  if (tenantId === undefined) return null;
  if (migrationId === undefined) return <To path={paths.start(tenantId)}>Plan a move</To>;
  return <NextAction migrationId={migrationId} tenantId={tenantId} />;
};

interface NextActionProps {
  readonly migrationId: string;
  readonly tenantId: string;
}

/** The recommended action of a migration; the migration itself if an operator has to inspect it first. */
const NextAction = ({ migrationId, tenantId }: NextActionProps) => {
  const { data, error } = useGet('/migrations/{migrationId}/actions', { params: { migrationId } });
  if (!data && !error) return <span className="next-step" aria-hidden="true" />;
  const recommended = data?.value.next?.action;
  const action = data?.value.actions.find(({ name }) => name === recommended);
  if (!action || data?.etag === undefined)
    return (
      <To path={paths.migration(migrationId)} ariaLabel={`Open the migration of ${tenantId}`}>
        Open the migration
      </To>
    );
  return <ActionButton action={action} steered={{ migrationId, tenantId, actionsTag: data.etag }} />;
};
