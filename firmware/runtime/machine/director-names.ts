/** Names of an array's directors by their numbers: channel adapter, data director, cache, disk adapter, remote link adapter. */
export const DIRECTORS = ['ca1', 'dd1', 'cc1', 'da1', 'ra1'] as const;
export type DirectorName = (typeof DIRECTORS)[number];
export const directorNumber = (name: DirectorName): number => DIRECTORS.indexOf(name);
