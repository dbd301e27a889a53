import { Page } from '../../parts/page.tsx';

export const TenantView = () => <Page title="Tenant">{null}</Page>;
