import { Page } from '../../parts/page.tsx';

export const MigrationView = () => <Page title="Migration">{null}</Page>;
