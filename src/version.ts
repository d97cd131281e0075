/** Version of pkg-actions itself, as in package.json. A test compares the two; `npm run release` sets both. */
export const VERSION = '0.1.0';
