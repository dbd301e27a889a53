import './tenants.css';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'wouter';
import type { TenantDetail } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { paths } from '../../parts/to.tsx';
import { LinkButton } from './link-button.tsx';
import { OpenMigration } from './open-migration.tsx';
import { openMigrationOf } from './open-migration-of.ts';
import { PreferencesForm } from './preferences-form.tsx';
import { TenantHistory } from './tenant-history.tsx';
import { TenantProfile } from './tenant-profile.tsx';

/** A tenant: its record, its open migration, its preferences and its history. */
export const TenantView = () => {
  const { tenantId } = useParams<{ tenantId: string }>();
  const detail = useGet('/tenants/{tenantId}', { params: { tenantId } });
  return (
    <Page
      title={tenantId}
      description={detail.data?.value.tenant.name ?? '\u00a0'}
      actions={<LinkButton path={paths.start(tenantId)}>Plan a move</LinkButton>}
    >
      <Loaded of={detail} lines={16}>
        {({ value }) => <Details key={tenantId} detail={value} />}
      </Loaded>
    </Page>
  );
};

const Details = ({ detail }: { readonly detail: TenantDetail }) => {
  const { tenant, preferencesTag, decision, route, migrations } = detail;
  const open = openMigrationOf(detail);
  return (
    <SpaceBetween size="l">
      {open !== undefined && <OpenMigration migrationId={open} />}
      <TenantProfile tenant={tenant} decision={decision} route={route} />
      <PreferencesForm tenant={tenant} tag={preferencesTag} />
      <TenantHistory tenantId={tenant.tenantId} migrations={migrations} />
    </SpaceBetween>
  );
};
