import { Page } from '../../parts/page.tsx';

export const Migrations = () => <Page title="Migrations">{null}</Page>;
