import { Page } from '../../parts/page.tsx';

export const Tenants = () => <Page title="Tenants">{null}</Page>;
