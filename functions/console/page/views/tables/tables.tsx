import { Page } from '../../parts/page.tsx';

export const Tables = () => <Page title="Tables">{null}</Page>;
