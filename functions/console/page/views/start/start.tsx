import { Page } from '../../parts/page.tsx';

export const Start = () => <Page title="Start a migration">{null}</Page>;
